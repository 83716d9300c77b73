import { describeRouters } from '../helpers/truth/judge-routers.ts';
import { ROUTERS } from '../helpers/truth/routers.ts';

// Whole prompts, sessions and connections: what helps nobody whose prompt only begins alike.
describeRouters(
  ROUTERS.filter(({ isAware, knows }) => !isAware && knows !== 'nothing' && knows !== 'one'),
);

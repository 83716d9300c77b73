import { describeRouters } from '../helpers/truth/judge-routers.ts';
import { ROUTERS } from '../helpers/truth/routers.ts';

// Nothing is known, or nothing could be told.
describeRouters(
  ROUTERS.filter(({ isAware, knows }) => !isAware && (knows === 'nothing' || knows === 'one')),
);

import { describeRouters } from '../helpers/truth/judge-routers.ts';
import { ROUTERS } from '../helpers/truth/routers.ts';

// A file per half, so that both cores have one.
describeRouters(ROUTERS.filter(({ isAware }) => !isAware));

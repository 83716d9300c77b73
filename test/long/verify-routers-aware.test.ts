import { describeRouters } from '../helpers/truth/judge-routers.ts';
import { ROUTERS } from '../helpers/truth/routers.ts';

// A file per kind of router, so that every core has one.
describeRouters(ROUTERS.filter(({ isAware }) => isAware));

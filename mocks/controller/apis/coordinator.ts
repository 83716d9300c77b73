import { formatMetrics } from '../../../src/protocol/prometheus.ts';
import { type Exchange, queryOf } from '../../http/exchange.ts';
import type { JsonRecord } from '../../../src/base/json.ts';
import type { ControllerApi } from './api.ts';
import { CACHE_ROUTES, PIN_ROUTES } from '../coordinator/cache-routes.ts';
import { DIRECTORY_ROUTES } from '../coordinator/directory-routes.ts';
import { INSTANCE_ROUTES } from '../coordinator/instance-routes.ts';
import { QUOTA_ROUTES } from '../coordinator/quota-routes.ts';
import { invalidValue, readModel } from '../../python/models.ts';
import { Problems } from '../../python/pydantic.ts';
import type { CoordinatorRoute, RouteInput } from '../coordinator/route.ts';
import type { ControllerWire } from '../wire/controller-wire.ts';
import {
  type Answer,
  methodNotAllowed,
  ok,
  readBody,
  slashRedirect,
  unprocessable,
} from '../../python/fastapi.ts';

/** In the order in which LMCache mounts them: the first that fits a path names its allowed method. */
const ROUTES: readonly CoordinatorRoute[] = [
  ...CACHE_ROUTES,
  ...DIRECTORY_ROUTES,
  { method: 'GET', path: '/healthz', run: () => ok({ status: 'healthy' }) },
  ...INSTANCE_ROUTES,
  { method: 'GET', path: '/metrics', run: metrics },
  ...QUOTA_ROUTES,
  ...PIN_ROUTES,
];

const PATTERNS: ReadonlyMap<CoordinatorRoute, RegExp> = new Map(
  ROUTES.map((route) => [
    route,
    new RegExp(`^${route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
  ]),
);

/** The multi-process coordinator's API (port 9300). */
export const coordinator: ControllerApi = { answer, hasDirectory: true };

function answer(wire: ControllerWire, exchange: Exchange): Answer | Promise<Answer> | undefined {
  const { path, request } = exchange;
  const fitting = ROUTES.filter((it) => PATTERNS.get(it)!.test(path) && isThere(wire, it));
  const route = fitting.find(({ method }) => method === request.method);
  if (route) return answerRoute(wire, exchange, route);
  if (fitting[0]) return methodNotAllowed(fitting[0].method);
  return slashRedirect(request, (bare) =>
    ROUTES.some((it) => PATTERNS.get(it)!.test(bare) && isThere(wire, it)),
  );
}

function isThere({ dialect }: ControllerWire, { path }: CoordinatorRoute): boolean {
  return !dialect.missing.has(path);
}

function answerRoute(
  wire: ControllerWire,
  exchange: Exchange,
  route: CoordinatorRoute,
): Answer | Promise<Answer> {
  const { path, request } = exchange;
  const asked = Object.fromEntries(queryOf(request.target));
  const query = readModel(asked, route.query ?? {}, ['query']);
  const body = bodyFor(exchange, route);
  if (query instanceof Problems) return unprocessable(query);
  if (body instanceof Problems) return unprocessable(body);
  wire.core.refresh();
  const groups = PATTERNS.get(route)!.exec(path)!.groups ?? {};
  const params = Object.fromEntries(
    Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]),
  );
  return route.run(wire, { query, body, params } satisfies RouteInput);
}

function bodyFor(
  exchange: Exchange,
  { body: model, check }: CoordinatorRoute,
): JsonRecord | Problems {
  if (!model) return {};
  const read = readBody(exchange, model);
  const problem = read instanceof Problems ? undefined : check?.(read as never);
  if (problem === undefined) return read;
  return invalidValue(problem, { loc: ['body'], input: exchange.body });
}

const METRICS_TYPE = ['content-type', 'text/plain; version=1.0.0; charset=utf-8'];

/** Of LMCache's families the one that tells how full the directory is. */
function metrics({ coordinator: { directory } }: ControllerWire): Answer {
  const name = 'lmcache_coordinator_key_directory_placements';
  const placements = [...directory.records()].flatMap((record) => record.placements);
  const tiers = ['l1', 'l2'] as const;
  const text = formatMetrics([
    {
      name,
      help: 'Placements recorded in the key directory, by tier',
      type: 'gauge',
      samples: tiers.map((tier) => ({
        name,
        labels: { tier },
        value: placements.filter((it) => it.tier === tier).length,
      })),
    },
  ]);
  return { status: 200, text, headers: METRICS_TYPE };
}

import { formatDuration } from '../../base/duration.ts';
import type { GatewayFile } from '../gateway-schema.ts';
import { each, type LintCheck } from './check.ts';
import { clustersOf, enabledKvcacheOf, managersOf, proxiesOf } from './walk.ts';

interface Bound {
  name: string;
  ms: number;
}

/** A slip at the inner timeout when it can never strike; 0 means no timeout on either side. */
function cancels(outer: Bound, inner: Bound, key = `.${inner.name}`): [string, string][] {
  if (outer.ms === 0 || inner.ms <= outer.ms) return [];
  const [longer, shorter] = [inner, outer].map(({ name, ms }) => `${name} (${formatDuration(ms)})`);
  return [[key, `${longer} is longer than ${shorter} around it.`]];
}

const proxiesWithListener = (file: GatewayFile) =>
  managersOf(file).flatMap(({ value, listener }) =>
    proxiesOf(value.http_filters).map((proxy) => ({
      path: proxy.path,
      value: { timeout: proxy.value.timeout, listener: listener.value.config },
    })),
  );

export const timeoutChecks: readonly LintCheck[] = [
  each('timeouts-cancel', proxiesWithListener, ({ timeout, listener }) =>
    cancels(
      { name: 'write_timeout', ms: listener.write_timeout },
      { name: 'timeout', ms: timeout },
    ),
  ),
  each('timeouts-cancel', enabledKvcacheOf, ({ request_timeout, lookup_routing_timeout }) =>
    cancels(
      { name: 'request_timeout', ms: request_timeout },
      { name: 'lookup_routing_timeout', ms: lookup_routing_timeout },
    ),
  ),
  each('timeouts-cancel', enabledKvcacheOf, ({ request_timeout }, _path, { file }) =>
    managersOf(file).flatMap(({ value }) =>
      cancels(
        { name: 'timeout of the connection manager', ms: value.timeout },
        { name: 'request_timeout', ms: request_timeout },
      ),
    ),
  ),
  each('timeouts-cancel', clustersOf, ({ health_checks }) =>
    health_checks
      .slice(0, 1)
      .flatMap(({ interval, timeout }) =>
        cancels(
          { name: 'interval', ms: interval },
          { name: 'timeout', ms: timeout },
          '.health_checks[0].timeout',
        ),
      ),
  ),
  each(
    'retry-beyond-budget',
    enabledKvcacheOf,
    ({ retry, request_timeout }) =>
      retry.max_attempts > 1 &&
      retry.base_backoff >= request_timeout && [
        [
          '.retry.base_backoff',
          `The first pause (${formatDuration(retry.base_backoff)}) is as long as request_timeout or longer.`,
        ],
      ],
  ),
];

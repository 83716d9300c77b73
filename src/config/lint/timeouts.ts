import { formatDuration } from '../../base/duration.ts';
import type { Finding, LintCheck, LintSubject } from './lint.ts';
import { enabledKvcacheOf, managersOf, proxiesOf } from './walk.ts';

interface Nesting {
  outer: { name: string; ms: number };
  inner: { name: string; ms: number };
  path: string;
}

/** A finding when the inner timeout can never strike; 0 means no timeout on either side. */
function cancels({ outer, inner, path }: Nesting): Finding[] {
  if (outer.ms === 0 || inner.ms <= outer.ms) return [];
  const message = `${inner.name} (${formatDuration(inner.ms)}) is longer than ${outer.name} (${formatDuration(outer.ms)}) around it.`;
  return [{ rule: 'timeouts-cancel', path, message }];
}

function proxyEndsBeforeListener({ file }: LintSubject): Finding[] {
  return managersOf(file).flatMap(({ value, listener }) =>
    proxiesOf(value.http_filters).flatMap((proxy) =>
      cancels({
        outer: { name: 'write_timeout', ms: listener.value.config.write_timeout },
        inner: { name: 'timeout', ms: proxy.value.timeout },
        path: `${proxy.path}.timeout`,
      }),
    ),
  );
}

function lookupEndsBeforeRequest({ file }: LintSubject): Finding[] {
  return enabledKvcacheOf(file).flatMap(({ value, path }) =>
    cancels({
      outer: { name: 'request_timeout', ms: value.request_timeout },
      inner: { name: 'lookup_routing_timeout', ms: value.lookup_routing_timeout },
      path: `${path}.lookup_routing_timeout`,
    }),
  );
}

function requestEndsBeforeManager({ file }: LintSubject): Finding[] {
  return managersOf(file).flatMap(({ value: manager }) =>
    enabledKvcacheOf(file).flatMap(({ value, path }) =>
      cancels({
        outer: { name: 'timeout of the connection manager', ms: manager.timeout },
        inner: { name: 'request_timeout', ms: value.request_timeout },
        path: `${path}.request_timeout`,
      }),
    ),
  );
}

function retriesFit({ file }: LintSubject): Finding[] {
  return enabledKvcacheOf(file)
    .filter(({ value }) => value.retry.max_attempts > 1)
    .filter(({ value }) => value.retry.base_backoff >= value.request_timeout)
    .map(({ value, path }) => ({
      rule: 'retry-beyond-budget',
      path: `${path}.retry.base_backoff`,
      message: `The first pause (${formatDuration(value.retry.base_backoff)}) is as long as request_timeout or longer.`,
    }));
}

function healthCheckEndsInTime({ file }: LintSubject): Finding[] {
  return file.static_resources.clusters.flatMap((cluster, index) =>
    cluster.health_checks.slice(0, 1).flatMap((check) =>
      cancels({
        outer: { name: 'interval', ms: check.interval },
        inner: { name: 'timeout', ms: check.timeout },
        path: `static_resources.clusters[${index}].health_checks[0].timeout`,
      }),
    ),
  );
}

export const timeoutChecks: readonly LintCheck[] = [
  proxyEndsBeforeListener,
  lookupEndsBeforeRequest,
  requestEndsBeforeManager,
  retriesFit,
  healthCheckEndsInTime,
];

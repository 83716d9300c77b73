import { each, type LintCheck } from './check.ts';
import { allEndpointsOf, allRoutesOf, clustersOf, listenersOf } from './walk.ts';

/** Points at the second item of a list of which one is used. */
function surplus(items: readonly unknown[], key: string, what: string): [string, string][] {
  return items.length < 2 ? [] : [[`${key}[1]`, `Of ${items.length} ${what} one is used.`]];
}

export const listChecks: readonly LintCheck[] = [
  each('only-first-used', clustersOf, ({ health_checks }) =>
    surplus(health_checks, '.health_checks', 'health checks'),
  ),
  each('only-first-used', listenersOf, ({ filter_chains: { filters } }) =>
    surplus(filters, '.filter_chains.filters', 'connection managers'),
  ),
  each('only-first-used', allEndpointsOf, ({ socket_address: { domains } }) =>
    surplus(domains, '.socket_address.domains', 'domains'),
  ),
  each('only-first-used', allRoutesOf, ({ match: { headers } }) =>
    headers.flatMap(({ regex, values }, index) =>
      regex ? surplus(values, `.match.headers[${index}].values`, 'patterns') : [],
    ),
  ),
];

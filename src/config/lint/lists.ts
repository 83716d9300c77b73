import type { Finding, LintCheck, LintSubject } from './lint.ts';
import { allEndpointsOf, clustersOf, listenersOf, managersOf, routesOf } from './walk.ts';

/** A finding at the second item. */
function surplus(count: number, path: string, what: string): Finding[] {
  if (count < 2) return [];
  const message = `Of ${count} ${what} one is used.`;
  return [{ rule: 'only-first-used', path: `${path}[1]`, message }];
}

function healthChecks({ file }: LintSubject): Finding[] {
  return clustersOf(file).flatMap(({ value, path }) =>
    surplus(value.health_checks.length, `${path}.health_checks`, 'health checks'),
  );
}

function networkFilters({ file }: LintSubject): Finding[] {
  return listenersOf(file).flatMap(({ value, path }) =>
    surplus(
      value.filter_chains.filters.length,
      `${path}.filter_chains.filters`,
      'connection managers',
    ),
  );
}

function domains({ file }: LintSubject): Finding[] {
  return allEndpointsOf(file).flatMap(({ value, path }) =>
    surplus(value.socket_address.domains.length, `${path}.socket_address.domains`, 'domains'),
  );
}

function headerPatterns({ file }: LintSubject): Finding[] {
  return managersOf(file)
    .flatMap(routesOf)
    .flatMap(({ value, path }) =>
      value.match.headers.flatMap((header, index) =>
        header.regex
          ? surplus(header.values.length, `${path}.match.headers[${index}].values`, 'patterns')
          : [],
      ),
    );
}

export const listChecks: readonly LintCheck[] = [
  healthChecks,
  networkFilters,
  domains,
  headerPatterns,
];

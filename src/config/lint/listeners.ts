import { headerPattern } from '../header-pattern.ts';
import { each, type Finding, type LintCheck, type LintSubject } from './check.ts';
import { allRoutesOf, listenersOf, managersOf, repeats, routesOf } from './walk.ts';

function thereIsAListener({ file }: LintSubject): Finding[] {
  if (managersOf(file).length > 0) return [];
  const path = 'static_resources.listeners';
  const message = 'No listener has a dgp.filter.httpconnectionmanager.';
  return [{ rule: 'no-listener', path, message }];
}

function portsAreUsedOnce({ file, config, places }: LintSubject): Finding[] {
  const { metricPort, extension } = config;
  const used = listenersOf(file).map(({ value, path }) => ({
    port: value.address.socket_address.port,
    path: `${path}.address.socket_address.port`,
  }));
  if (metricPort !== undefined) used.push({ port: metricPort, path: 'metric.prometheus_port' });
  if (extension.admin) used.push({ port: extension.admin.port, path: 'x-kvcache.admin.port' });
  const fixed = used.filter(({ port }) => port !== 0);
  return repeats(fixed, ({ port }) => String(port)).map(({ item, first }) => ({
    rule: 'port-conflict',
    path: item.path,
    message: `Port ${item.port} is already used in line ${places.of(first.path).line}.`,
  }));
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', '*'];

function methodsExist({ file }: LintSubject): Finding[] {
  return allRoutesOf(file).flatMap(({ value, path }) =>
    value.match.methods.flatMap((method, index): Finding[] => {
      if (METHODS.includes(method)) return [];
      const at = `${path}.match.methods[${index}]`;
      const isMeant = METHODS.includes(method.toUpperCase());
      return isMeant
        ? [{ rule: 'method-case', path: at, message: `"${method}" is not in capitals.` }]
        : [{ rule: 'unknown-method', path: at, message: `"${method}" is no method.` }];
    }),
  );
}

function routesDiffer({ file, places }: LintSubject): Finding[] {
  return managersOf(file).flatMap((manager) => {
    const plain = routesOf(manager).filter(
      ({ value: { match } }) => match.headers.length === 0 && match.prefix + match.path !== '',
    );
    const keyOf = ({ value: { match } }: (typeof plain)[number]): string =>
      JSON.stringify([match.prefix || match.path, match.prefix !== '', match.methods.toSorted()]);
    return repeats(plain, keyOf).map(({ item, first }) => ({
      rule: 'duplicate-route' as const,
      path: item.path,
      message: `The route matches the same requests as the one in line ${places.of(first.path).line}.`,
    }));
  });
}

export const listenerChecks: readonly LintCheck[] = [
  thereIsAListener,
  each(
    'unsupported-key',
    listenersOf,
    ({ protocol_type: type }) =>
      type.toUpperCase() !== 'HTTP' && [
        ['.protocol_type', `The embedded gateway listens for HTTP only, not for ${type}.`],
      ],
  ),
  portsAreUsedOnce,
  each(
    'unknown-cluster',
    allRoutesOf,
    ({ route: { cluster } }, _path, { config }) =>
      cluster !== '' &&
      !config.clusters.some(({ name }) => name === cluster) && [
        ['.route.cluster', `There is no cluster ${cluster}.`],
      ],
  ),
  each(
    'prefix-and-path',
    allRoutesOf,
    ({ match: { prefix, path } }) =>
      prefix !== '' &&
      path !== '' && [['.match.path', `The prefix ${prefix} wins over the path ${path}.`]],
  ),
  each(
    'route-headers-ignored',
    allRoutesOf,
    ({ match: { headers, prefix, path } }) =>
      headers.length > 0 &&
      prefix + path !== '' && [
        ['.match.headers', 'The route has a prefix or path, so its headers do not count.'],
      ],
  ),
  each(
    'empty-match',
    allRoutesOf,
    ({ match: { headers, prefix, path } }) =>
      headers.length === 0 &&
      prefix + path === '' && [['.match', 'The route has neither prefix nor path nor headers.']],
  ),
  methodsExist,
  routesDiffer,
  each('bad-regex', allRoutesOf, ({ match: { headers } }) =>
    headers.flatMap(({ regex, values: [pattern = ''] }, index) =>
      regex && !headerPattern(pattern)
        ? [
            [
              `.match.headers[${index}].values`,
              `"${pattern}" is not a regular expression.`,
            ] as const,
          ]
        : [],
    ),
  ),
];

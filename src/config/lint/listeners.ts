import { headerPattern } from '../header-pattern.ts';
import type { Finding, LintCheck, LintSubject } from './lint.ts';
import { listenersOf, managersOf, repeats, routesOf } from './walk.ts';

function thereIsAListener({ file }: LintSubject): Finding[] {
  if (managersOf(file).length > 0) return [];
  const path = 'static_resources.listeners';
  const message = 'No listener has a dgp.filter.httpconnectionmanager.';
  return [{ rule: 'no-listener', path, message }];
}

function protocolIsHttp({ file }: LintSubject): Finding[] {
  return listenersOf(file)
    .filter(({ value }) => value.protocol_type.toUpperCase() !== 'HTTP')
    .map(({ value, path }) => ({
      rule: 'unsupported-key',
      path: `${path}.protocol_type`,
      message: `The embedded gateway listens for HTTP only, not for ${value.protocol_type}.`,
    }));
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

function routesLeadSomewhere({ file, config }: LintSubject): Finding[] {
  const names = new Set(config.clusters.map(({ name }) => name));
  return managersOf(file)
    .flatMap(routesOf)
    .filter(({ value: { route } }) => route.cluster !== '' && !names.has(route.cluster))
    .map(({ value, path }) => ({
      rule: 'unknown-cluster',
      path: `${path}.route.cluster`,
      message: `There is no cluster ${value.route.cluster}.`,
    }));
}

function routesMatchOneWay({ file }: LintSubject): Finding[] {
  return managersOf(file)
    .flatMap(routesOf)
    .flatMap(({ value: { match }, path }): Finding[] => {
      const findings: Finding[] = [];
      if (match.prefix !== '' && match.path !== '') {
        const message = `The prefix ${match.prefix} wins over the path ${match.path}.`;
        findings.push({ rule: 'prefix-and-path', path: `${path}.match.path`, message });
      }
      if (match.headers.length > 0 && (match.prefix !== '' || match.path !== '')) {
        const message = 'The route has a prefix or path, so its headers do not count.';
        findings.push({ rule: 'route-headers-ignored', path: `${path}.match.headers`, message });
      }
      return findings;
    });
}

function routesMatchSomething({ file }: LintSubject): Finding[] {
  return managersOf(file)
    .flatMap(routesOf)
    .flatMap(({ value: { match }, path }): Finding[] => {
      if (match.prefix !== '' || match.path !== '' || match.headers.length > 0) return [];
      const message = 'The route has neither prefix nor path nor headers.';
      return [{ rule: 'empty-match', path: `${path}.match`, message }];
    });
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', '*'];

function methodsExist({ file }: LintSubject): Finding[] {
  return managersOf(file)
    .flatMap(routesOf)
    .flatMap(({ value, path }) =>
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

function patternsAreValid({ file }: LintSubject): Finding[] {
  return managersOf(file)
    .flatMap(routesOf)
    .flatMap(({ value, path }) =>
      value.match.headers.flatMap((header, index): Finding[] => {
        if (!header.regex || headerPattern(header.values[0] ?? '')) return [];
        const message = `"${header.values[0]}" is not a regular expression.`;
        return [{ rule: 'bad-regex', path: `${path}.match.headers[${index}].values`, message }];
      }),
    );
}

export const listenerChecks: readonly LintCheck[] = [
  thereIsAListener,
  protocolIsHttp,
  portsAreUsedOnce,
  routesLeadSomewhere,
  routesMatchOneWay,
  routesMatchSomething,
  methodsExist,
  routesDiffer,
  patternsAreValid,
];

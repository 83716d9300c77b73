import { parseHost } from '../../base/origin.ts';
import { retryPolicyName, uniqueEndpointIds } from '../assemble-cluster.ts';
import { each, type Finding, type LintCheck, type LintSubject } from './check.ts';
import { allEndpointsOf, clustersOf, endpointsOf, repeats } from './walk.ts';

const WILDCARD = /^(?:0\.0\.0\.0|::|)$/;
const LOOPBACK = /^(?:127(?:\.\d+){3}|::1)$/;

function hostOf(host: string): string {
  return host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.toLowerCase();
}

function idsAreUnique({ file }: LintSubject): Finding[] {
  return clustersOf(file).flatMap((cluster) => {
    const ids = uniqueEndpointIds(cluster.value.endpoints);
    return endpointsOf(cluster).flatMap(({ value, path }, index): Finding[] => {
      if (value.ID === '' || value.ID === ids[index]) return [];
      const message = `The id ${value.ID} is taken; this endpoint is called ${ids[index]}.`;
      return [{ rule: 'duplicate-endpoint-id', path: `${path}.ID`, message }];
    });
  });
}

function addressesDiffer({ file }: LintSubject): Finding[] {
  return clustersOf(file).flatMap((cluster) =>
    repeats(
      endpointsOf(cluster),
      ({ value: { socket_address: at } }) => `${hostOf(at.domains[0] ?? at.address)}:${at.port}`,
    ).map(({ item, first }): Finding => {
      const [later, earlier] = [item.value.ID, first.value.ID].map((id) => id || '(no id)');
      const message = `${later} has the same address as ${earlier}.`;
      return { rule: 'same-address', path: `${item.path}.socket_address`, message };
    }),
  );
}

/** A wildcard listener is also reached at this machine's other addresses, which a file does not tell. */
function endpointsAreElsewhere({ file, config }: LintSubject): Finding[] {
  const isOurs = (host: string, port: number): boolean =>
    config.listeners.some(({ address: at }) => {
      if (at.port !== port) return false;
      const isAny = WILDCARD.test(at.host) && (LOOPBACK.test(host) || WILDCARD.test(host));
      return isAny || hostOf(at.host) === host;
    });
  return allEndpointsOf(file).flatMap(({ value: { socket_address: at }, path }): Finding[] => {
    if (at.domains.length > 0 || !isOurs(hostOf(at.address), at.port)) return [];
    const message = `${at.address}:${at.port} is a listener of this gateway.`;
    return [{ rule: 'endpoint-is-listener', path: `${path}.socket_address`, message }];
  });
}

function isNoHostName(domain: string | undefined): boolean {
  return domain !== undefined && (domain.includes(':') || parseHost(domain) === undefined);
}

export const endpointChecks: readonly LintCheck[] = [
  idsAreUnique,
  each(
    'generated-endpoint-id',
    allEndpointsOf,
    ({ ID }) => ID === '' && [['', 'The endpoint has no ID.']],
  ),
  addressesDiffer,
  endpointsAreElsewhere,
  each(
    'bad-weight',
    allEndpointsOf,
    ({ meta: { weight } }) =>
      weight !== undefined &&
      !(Number(weight) > 0) && [['.meta.weight', `The weight "${weight}" is no positive number.`]],
  ),
  each(
    'missing-llm-meta',
    allEndpointsOf,
    ({ llm_meta, ID }) =>
      llm_meta === undefined && [['', `Endpoint ${ID || '(no id)'} has no llm_meta.`]],
  ),
  each('unknown-retry-policy', allEndpointsOf, ({ llm_meta }) => {
    const name = llm_meta?.retry_policy.name ?? 'NoRetry';
    return (
      !retryPolicyName(name) && [['.llm_meta.retry_policy.name', `"${name}" is no retry policy.`]]
    );
  }),
  each(
    'domain-not-bare',
    allEndpointsOf,
    ({ socket_address: { domains } }) =>
      isNoHostName(domains[0]) && [
        ['.socket_address.domains[0]', 'The domain is more than a host name.'],
      ],
  ),
  each('address-beside-domain', allEndpointsOf, ({ socket_address }, path, { places }) => {
    const [domain] = socket_address.domains;
    const written = ['address', 'port'].filter((key) =>
      places.has(`${path}.socket_address.${key}`),
    );
    return (
      domain !== undefined &&
      written.length > 0 && [
        [
          `.socket_address.${written.at(-1)}`,
          `${written.join(' and ')} are not used beside the domain ${domain}.`,
        ],
      ]
    );
  }),
  // A rendered file holds the real key; only a template can do without.
  each(
    'plain-api-key',
    allEndpointsOf,
    ({ llm_meta }) =>
      /^[^$]/.test(llm_meta?.api_key ?? '') && [
        ['.llm_meta.api_key', 'The API key is written out.'],
      ],
  ),
  each(
    'api-key-unsendable',
    allEndpointsOf,
    ({ llm_meta }) =>
      /[^\t\u0020-\u007e\u0080-\u00ff]/.test(llm_meta?.api_key ?? '') && [
        ['.llm_meta.api_key', 'The API key holds a character that no header may hold.'],
      ],
  ),
  each(
    'zero-cooldown',
    allEndpointsOf,
    ({ llm_meta }) =>
      llm_meta?.health_check_interval === 0 && [
        ['.llm_meta.health_check_interval', 'The endpoint never cools down.'],
      ],
  ),
];

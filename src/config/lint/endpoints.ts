import { parseHost } from '../../base/origin.ts';
import { retryPolicyName, uniqueEndpointIds } from '../assemble-cluster.ts';
import type { Finding, LintCheck, LintSubject } from './lint.ts';
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

function idsAreWritten({ file }: LintSubject): Finding[] {
  return allEndpointsOf(file)
    .filter(({ value }) => value.ID === '')
    .map(({ path }) => ({
      rule: 'generated-endpoint-id',
      path,
      message: 'The endpoint has no ID.',
    }));
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

function weightsAreNumbers({ file }: LintSubject): Finding[] {
  return allEndpointsOf(file).flatMap(({ value: { meta }, path }): Finding[] => {
    const { weight } = meta;
    if (weight === undefined || Number(weight) > 0) return [];
    const message = `The weight "${weight}" is no positive number.`;
    return [{ rule: 'bad-weight', path: `${path}.meta.weight`, message }];
  });
}

function llmMetaIsWritten({ file }: LintSubject): Finding[] {
  return allEndpointsOf(file)
    .filter(({ value }) => value.llm_meta === undefined)
    .map(({ value, path }) => ({
      rule: 'missing-llm-meta',
      path,
      message: `Endpoint ${value.ID || '(no id)'} has no llm_meta.`,
    }));
}

function retryPolicyExists({ file }: LintSubject): Finding[] {
  return allEndpointsOf(file).flatMap(({ value, path }): Finding[] => {
    const name = value.llm_meta?.retry_policy.name ?? 'NoRetry';
    if (retryPolicyName(name)) return [];
    const message = `"${name}" is no retry policy.`;
    return [{ rule: 'unknown-retry-policy', path: `${path}.llm_meta.retry_policy.name`, message }];
  });
}

function isNoHostName(domain: string | undefined): boolean {
  return domain !== undefined && (domain.includes(':') || parseHost(domain) === undefined);
}

function domainsAreBare({ file }: LintSubject): Finding[] {
  return allEndpointsOf(file)
    .filter(({ value: { socket_address: at } }) => isNoHostName(at.domains[0]))
    .map(({ path }) => ({
      rule: 'domain-not-bare',
      path: `${path}.socket_address.domains[0]`,
      message: 'The domain is more than a host name.',
    }));
}

function addressStandsAlone({ file, places }: LintSubject): Finding[] {
  return allEndpointsOf(file).flatMap(({ value, path }): Finding[] => {
    const [domain] = value.socket_address.domains;
    const written = ['address', 'port'].filter((key) =>
      places.has(`${path}.socket_address.${key}`),
    );
    if (domain === undefined || written.length === 0) return [];
    const key = `${path}.socket_address.${written.at(-1)}`;
    const message = `${written.join(' and ')} are not used beside the domain ${domain}.`;
    return [{ rule: 'address-beside-domain', path: key, message }];
  });
}

/** A rendered file holds the real key; only a template can do without. */
function apiKeysAreVariables({ file }: LintSubject): Finding[] {
  return allEndpointsOf(file)
    .filter(({ value }) => /^[^$]/.test(value.llm_meta?.api_key ?? ''))
    .map(({ path }) => ({
      rule: 'plain-api-key',
      path: `${path}.llm_meta.api_key`,
      message: 'The API key is written out.',
    }));
}

function apiKeysCanBeSent({ file }: LintSubject): Finding[] {
  return allEndpointsOf(file)
    .filter(({ value }) => /[^\t\u0020-\u007e\u0080-\u00ff]/.test(value.llm_meta?.api_key ?? ''))
    .map(({ path }) => ({
      rule: 'api-key-unsendable',
      path: `${path}.llm_meta.api_key`,
      message: 'The API key holds a character that no header may hold.',
    }));
}

function zeroCooldownIsMeant({ file, config }: LintSubject): Finding[] {
  const isStrict = config.extension.faults.zero_cooldown === 'strict';
  return allEndpointsOf(file)
    .filter(({ value }) => value.llm_meta?.health_check_interval === 0)
    .map(({ path }) => ({
      rule: 'zero-cooldown',
      path: `${path}.llm_meta.health_check_interval`,
      message: isStrict ? 'The cooldown is 5000 ms.' : 'The endpoint never cools down.',
    }));
}

export const endpointChecks: readonly LintCheck[] = [
  idsAreUnique,
  idsAreWritten,
  addressesDiffer,
  endpointsAreElsewhere,
  weightsAreNumbers,
  llmMetaIsWritten,
  retryPolicyExists,
  domainsAreBare,
  addressStandsAlone,
  apiKeysAreVariables,
  apiKeysCanBeSent,
  zeroCooldownIsMeant,
];

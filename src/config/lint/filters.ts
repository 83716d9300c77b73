import { DEFAULT_PORTS, hostInUrl, originComplaint, readOrigin } from '../../base/origin.ts';
import { ROUTING_POLICIES } from '../routing-policies.ts';
import { each, type Finding, type LintCheck, type LintSubject } from './check.ts';
import {
  type At,
  allEndpointsOf,
  enabledKvcacheOf,
  managersOf,
  proxiesOf,
  repeats,
} from './walk.ts';

const PROXY = 'dgp.filter.llm.proxy';

function proxyStandsLast({ file }: LintSubject): Finding[] {
  return managersOf(file).flatMap(({ value: { http_filters: filters } }) => {
    const proxyIndex = filters.findIndex(({ name }) => name === PROXY);
    if (proxyIndex === -1) return [];
    return filters
      .slice(proxyIndex + 1)
      .filter(({ name }) => name !== PROXY)
      .map(({ name, path }) => ({
        rule: 'filter-order' as const,
        path: `${path}.name`,
        message: `${name} stands behind ${PROXY} and never runs.`,
      }));
  });
}

function kvcacheIsOn({ file, config }: LintSubject): Finding[] {
  if (enabledKvcacheOf(file).length > 0) return [];
  const written = managersOf(file).flatMap(({ value }) =>
    value.http_filters.filter(({ name }) => name === 'dgp.filter.ai.kvcache'),
  );
  const [manager] = managersOf(file);
  if (!manager) return [];
  const path = written[0]?.path ?? `${manager.path}.http_filters`;
  const message = written[0] ? 'The kvcache filter is not enabled.' : 'There is no kvcache filter.';
  if (config.extension.routing.policy === 'lookup') return [{ rule: 'kvcache-off', path, message }];
  return [{ rule: 'policy-without-filter', path: 'x-kvcache.routing.policy', message }];
}

function endpointUrlsAreUrls({ file, config }: LintSubject): Finding[] {
  const { policy, shadow } = config.extension.routing;
  return enabledKvcacheOf(file).flatMap(({ value, path }) =>
    (['vllm_endpoint', 'lmcache_endpoint'] as const).flatMap((key): Finding[] => {
      const complaint = originComplaint(value[key]);
      if (!complaint) return [];
      const message =
        value[key] === '' ? `${key} is missing.` : `The URL of ${key} ${complaint[0]}.`;
      const { enable_compression, enable_pinning, enable_eviction } = value.cache_strategy;
      const asks =
        [policy, ...shadow].some((it) => ROUTING_POLICIES[it].asks === 'controller') ||
        enable_compression ||
        enable_pinning ||
        enable_eviction;
      const isSpared = key === 'lmcache_endpoint' && value[key] === '' && !asks;
      return [
        { rule: isSpared ? 'no-controller' : 'endpoint-url', path: `${path}.${key}`, message },
      ];
    }),
  );
}

/** One scheme serves every endpoint of the filter, so a tell-tale port or URL gives a mix away. */
function schemeFits({ file, places }: LintSubject): Finding[] {
  const endpoints = allEndpointsOf(file);
  return managersOf(file).flatMap(({ value }) =>
    proxiesOf(value.http_filters).flatMap((proxy): Finding[] => {
      const { scheme } = proxy.value;
      const wrongPort = DEFAULT_PORTS[scheme === 'http' ? 'https' : 'http'];
      const odd = endpoints.find(({ value: { socket_address: at } }) => at.port === wrongPort);
      const path = `${proxy.path}.scheme`;
      if (odd) {
        const message = `The scheme is ${scheme}, but an engine has port ${wrongPort} in line ${places.of(odd.path).line}.`;
        return [{ rule: 'scheme-mix', path, message }];
      }
      return [...vllmSchemeFindings({ file, scheme, path })];
    }),
  );
}

function vllmSchemeFindings(proxy: {
  file: LintSubject['file'];
  scheme: string;
  path: string;
}): Finding[] {
  const addresses = new Set(allEndpointsOf(proxy.file).map(addressOf));
  return enabledKvcacheOf(proxy.file).flatMap(({ value }): Finding[] => {
    const origin = readOrigin(value.vllm_endpoint);
    if (!origin || origin.scheme === proxy.scheme || !addresses.has(origin.address)) return [];
    const message = `vllm_endpoint speaks ${origin.scheme} to an engine the proxy speaks ${proxy.scheme} to.`;
    return [{ rule: 'scheme-mix', path: proxy.path, message }];
  });
}

function addressOf({ value }: At<{ socket_address: { address: string; port: number } }>): string {
  return `${hostInUrl(value.socket_address.address)}:${value.socket_address.port}`;
}

export const filterChecks: readonly LintCheck[] = [
  each(
    'no-proxy-filter',
    managersOf,
    ({ http_filters: filters }) =>
      proxiesOf(filters).length === 0 && [['.http_filters', 'No http filter forwards requests.']],
  ),
  proxyStandsLast,
  ({ file }) =>
    managersOf(file).flatMap(({ value }) =>
      repeats(value.http_filters, ({ name }) => name).map(({ item }) => ({
        rule: 'duplicate-filter',
        path: `${item.path}.name`,
        message: `${item.name} stands in the chain twice.`,
      })),
    ),
  each(
    'tokenizer-missing',
    managersOf,
    ({ http_filters: filters }) =>
      !filters.some(({ name }) => name.endsWith('.tokenizer')) && [
        ['.http_filters', 'The chain has no dgp.filter.llm.tokenizer.'],
      ],
  ),
  kvcacheIsOn,
  endpointUrlsAreUrls,
  schemeFits,
];

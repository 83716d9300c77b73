import { urlOf } from '../../base/url.ts';
import type { Finding, LintCheck, LintSubject } from './lint.ts';
import {
  type At,
  allEndpointsOf,
  enabledKvcacheOf,
  managersOf,
  proxiesOf,
  repeats,
} from './walk.ts';

const PROXY = 'dgp.filter.llm.proxy';

function chainForwards({ file }: LintSubject): Finding[] {
  return managersOf(file).flatMap(({ value, path }): Finding[] => {
    if (proxiesOf(value.http_filters).length > 0) return [];
    const message = 'No http filter forwards requests.';
    return [{ rule: 'no-proxy-filter', path: `${path}.http_filters`, message }];
  });
}

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

function filtersStandOnce({ file }: LintSubject): Finding[] {
  return managersOf(file).flatMap(({ value }) =>
    repeats(value.http_filters, ({ name }) => name).map(({ item }) => ({
      rule: 'duplicate-filter' as const,
      path: `${item.path}.name`,
      message: `${item.name} stands in the chain twice.`,
    })),
  );
}

function tokenizerIsThere({ file }: LintSubject): Finding[] {
  return managersOf(file)
    .filter(({ value }) => !value.http_filters.some(({ name }) => name.endsWith('.tokenizer')))
    .map(({ path }) => ({
      rule: 'tokenizer-missing',
      path: `${path}.http_filters`,
      message: 'The chain has no dgp.filter.llm.tokenizer.',
    }));
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

const UNUSED_CONTROLLER =
  'Pixiu requires it. Without a controller any URL will do: only routing.policy lookup calls it.';

function endpointUrlsAreUrls({ file, config }: LintSubject): Finding[] {
  const { policy } = config.extension.routing;
  return enabledKvcacheOf(file).flatMap(({ value, path }) =>
    (['vllm_endpoint', 'lmcache_endpoint'] as const).flatMap((key): Finding[] => {
      if (isHttpUrl(value[key])) return [];
      const message =
        value[key] === '' ? `${key} is missing.` : `${key} is not an http or https URL.`;
      const isUnused = key === 'lmcache_endpoint' && policy !== 'lookup';
      const at = { rule: 'endpoint-url' as const, path: `${path}.${key}` };
      return [{ ...at, message, ...(isUnused && { remedy: UNUSED_CONTROLLER }) }];
    }),
  );
}

/** One scheme serves every endpoint of the filter, so a tell-tale port or URL gives a mix away. */
function schemeFits({ file, places }: LintSubject): Finding[] {
  const endpoints = allEndpointsOf(file);
  return managersOf(file).flatMap(({ value }) =>
    proxiesOf(value.http_filters).flatMap((proxy): Finding[] => {
      const { scheme } = proxy.value;
      const wrongPort = scheme === 'http' ? 443 : 80;
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
    if (!isHttpUrl(value.vllm_endpoint)) return [];
    const url = new URL(value.vllm_endpoint);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    const isSame = `${proxy.scheme}:` === url.protocol;
    if (isSame || !addresses.has(`${url.hostname}:${port}`)) return [];
    const message = `vllm_endpoint speaks ${url.protocol.slice(0, -1)} to an engine the proxy speaks ${proxy.scheme} to.`;
    return [{ rule: 'scheme-mix', path: proxy.path, message }];
  });
}

function addressOf({ value }: At<{ socket_address: { address: string; port: number } }>): string {
  return `${value.socket_address.address}:${value.socket_address.port}`;
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text.trim()) && urlOf(text.trim()) !== undefined;
}

export const filterChecks: readonly LintCheck[] = [
  chainForwards,
  proxyStandsLast,
  filtersStandOnce,
  tokenizerIsThere,
  kvcacheIsOn,
  endpointUrlsAreUrls,
  schemeFits,
];

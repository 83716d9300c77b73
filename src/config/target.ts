import { urlOf } from '../base/url.ts';
import { KvcacheError } from '../base/errors.ts';
import type { Variables } from './render.ts';

/** Where a variable's value comes from. */
export type Origin = 'given' | 'derived' | 'default';

export interface TargetVariables {
  /** Name → value, ready for `renderTemplate`. May hold credentials: do not print. */
  values: Record<string, string>;
  origins: Record<string, Origin>;
}

/** Defaults that depend on nothing. */
const DEFAULTS: Readonly<Record<string, string>> = {
  PIXIU_LISTEN_PORT: '18889',
  PIXIU_PROM_PORT: '2223',
  MODEL_NAME: 'Qwen2.5-3B-Instruct',
  HOT_CONTENT_THRESHOLD: '3',
  LOAD_THRESHOLD: '0.7',
  MEMORY_THRESHOLD: '0.8',
  ENGINE_ENDPOINT_A_ID: 'engine-a',
  ENGINE_ENDPOINT_B_ID: 'engine-b',
  PIN_LOCATION: 'lmcache',
  COMPRESS_LOCATION: 'lmcache',
};

/** Defaults that follow another variable, in an order in which each finds what it needs. */
const DERIVED: readonly (readonly [name: string, from: (v: Variables) => string | undefined])[] = [
  ['LLM_SCHEME', (v) => vllmUrl(v)?.protocol.slice(0, -1)],
  ['ENGINE_ENDPOINT_A_HOST', (v) => vllmUrl(v)?.hostname],
  ['ENGINE_ENDPOINT_A_PORT', (v) => portOf(vllmUrl(v))],
  ['ENGINE_ENDPOINT_B_HOST', (v) => v['ENGINE_ENDPOINT_A_HOST']],
  ['ENGINE_ENDPOINT_B_PORT', (v) => v['ENGINE_ENDPOINT_A_PORT']],
  ['PIN_INSTANCE_ID', (v) => v['ENGINE_ENDPOINT_A_ID']],
  ['COMPRESS_INSTANCE_ID', (v) => v['ENGINE_ENDPOINT_B_ID']],
  ['EVICT_INSTANCE_ID', (v) => v['ENGINE_ENDPOINT_A_ID']],
  ['PIXIU_URL', (v) => `http://127.0.0.1:${v['PIXIU_LISTEN_PORT']}`],
  ['PROM_URL', (v) => `http://127.0.0.1:${v['PIXIU_PROM_PORT']}/metrics`],
];

const URL_VARIABLES = ['VLLM_ENDPOINT', 'LMCACHE_ENDPOINT', 'PIXIU_URL', 'PROM_URL'];

/**
 * The variables of the real-engine template: given ones, then those that follow from the vLLM URL,
 * then fixed defaults. Blank counts as not given. IPv6 hosts keep their brackets, credentials stay
 * in the URL they were written in, a path is kept.
 * @throws KvcacheError URL_INVALID (kind usage) when a given URL is not http or https
 */
export function targetVariables(given: Variables): TargetVariables {
  const values: Record<string, string> = {};
  const origins: Record<string, Origin> = {};
  const put = (name: string, value: string | undefined, origin: Origin): void => {
    if (value === undefined || values[name] !== undefined) return;
    values[name] = value;
    origins[name] = origin;
  };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value.trim() !== '') put(name, tidy(name, value), 'given');
  }
  for (const [name, value] of Object.entries(DEFAULTS)) put(name, value, 'default');
  for (const [name, from] of DERIVED) put(name, from(values), 'derived');
  return { values, origins };
}

function tidy(name: string, value: string): string {
  if (!URL_VARIABLES.includes(name)) return value;
  const url = value.trim();
  if (!/^https?:\/\/./i.test(url) || !urlOf(url)) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'URL_INVALID',
      message: `${name} is not an http or https URL.`,
      remedy: `Write it with scheme, host and port, for example ${name}=http://127.0.0.1:8000.`,
    });
  }
  return url.replace(/\/+$/, '');
}

function vllmUrl(values: Variables): URL | undefined {
  const text = values['VLLM_ENDPOINT'];
  return text === undefined ? undefined : new URL(text);
}

function portOf(url: URL | undefined): string | undefined {
  if (url === undefined) return undefined;
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

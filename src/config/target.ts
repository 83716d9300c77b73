import { hostInUrl, type Origin, originOf, parseHttpUrl, parseOrigin } from '../base/origin.ts';
import type { Variables } from './render.ts';

/** Where a variable's value comes from. */
export type ValueSource = 'given' | 'derived' | 'default';

export interface TargetVariables {
  /** Name → value, ready for `renderTemplate`. May hold credentials: do not print. */
  values: Record<string, string>;
  origins: Record<string, ValueSource>;
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
  ['LLM_SCHEME', (v) => vllmOrigin(v)?.scheme],
  ['ENGINE_ENDPOINT_A_HOST', hostOf],
  ['ENGINE_ENDPOINT_A_PORT', (v) => vllmOrigin(v)?.port.toString()],
  ['ENGINE_ENDPOINT_B_HOST', (v) => v['ENGINE_ENDPOINT_A_HOST']],
  ['ENGINE_ENDPOINT_B_PORT', (v) => v['ENGINE_ENDPOINT_A_PORT']],
  ['PIN_INSTANCE_ID', (v) => v['ENGINE_ENDPOINT_A_ID']],
  ['COMPRESS_INSTANCE_ID', (v) => v['ENGINE_ENDPOINT_B_ID']],
  ['EVICT_INSTANCE_ID', (v) => v['ENGINE_ENDPOINT_A_ID']],
  ['PIXIU_URL', (v) => `http://127.0.0.1:${v['PIXIU_LISTEN_PORT']}`],
  ['PROM_URL', (v) => `http://127.0.0.1:${v['PIXIU_PROM_PORT']}/metrics`],
];

const ORIGIN_VARIABLES = ['VLLM_ENDPOINT', 'LMCACHE_ENDPOINT', 'PIXIU_URL'];

/**
 * The variables of the real-engine template: given ones, then those that follow from the vLLM URL,
 * then fixed defaults. Blank counts as not given. IPv6 hosts keep their brackets, credentials stay
 * in the URL they were written in, a path is kept.
 * @throws KvcacheError URL_INVALID (kind usage) when a given URL is not http or https
 */
export function targetVariables(given: Variables): TargetVariables {
  const values: Record<string, string> = {};
  const origins: Record<string, ValueSource> = {};
  const put = (name: string, value: string | undefined, origin: ValueSource): void => {
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
  if (ORIGIN_VARIABLES.includes(name)) return parseOrigin(value, name).url;
  return name === 'PROM_URL' ? parseHttpUrl(value, name).href : value;
}

/** IPv6 in brackets, as Pixiu dials what it reads. */
function hostOf(values: Variables): string | undefined {
  const origin = vllmOrigin(values);
  return origin && hostInUrl(origin.host);
}

function vllmOrigin(values: Variables): Origin | undefined {
  const text = values['VLLM_ENDPOINT'];
  return text === undefined ? undefined : originOf(text);
}

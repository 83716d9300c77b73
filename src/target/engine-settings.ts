import type { Environment } from '../base/environment.ts';
import { hostInUrl, parseOrigin, redactText } from '../base/origin.ts';
import type { SettingReader } from './setting-reader.ts';
import { type EngineTarget, engineTarget } from './targets.ts';
import { targetError } from './errors.ts';

/**
 * Engines from `--vllm URL` and `--engine ID=URL`, which count alike and may be mixed; without
 * either, from the original script's variables. None at all is an empty list.
 * @throws KvcacheError URL_INVALID, ENGINE_INVALID (kind usage)
 */
export function resolveEngines(reader: SettingReader, env: Environment): EngineTarget[] {
  const named = reader.list({ flag: 'engine' }).map(namedEngine);
  const urls = reader.list({ flag: 'vllm' });
  const first = urls.length + named.length > 0 ? undefined : reader.text({ env: 'VLLM_ENDPOINT' });
  const ids = [
    reader.text({ env: 'ENGINE_ENDPOINT_A_ID' }, 'engine-a'),
    reader.text({ env: 'ENGINE_ENDPOINT_B_ID' }, 'engine-b'),
  ] as const;
  if (first !== undefined || (urls.length === 1 && hasPlaceOfB(env))) {
    const url = first ?? urls[0]!;
    const pair = (['A', 'B'] as const).map((it, index) =>
      engineTarget(ids[index]!, placed(url, it, env)),
    );
    return unique([...pair, ...named]);
  }
  return unique([...withIds(urls, ids, named), ...named]);
}

/** Ids as the script numbers its engines, passing over those that are given away. */
function withIds(
  urls: readonly string[],
  ids: readonly string[],
  named: readonly EngineTarget[],
): EngineTarget[] {
  let next = 0;
  return urls.map((url) => {
    let id = '';
    do id = ids[next] ?? `engine-${next + 1}`;
    while (next++ >= 0 && named.some((it) => it.id === id));
    return engineTarget(id, plainUrl(url));
  });
}

/** The original script has two engines; a second place says that they are two. */
function hasPlaceOfB(env: Environment): boolean {
  return ['HOST', 'PORT'].some((part) => Boolean(env[`ENGINE_ENDPOINT_B_${part}`]?.trim()));
}

function namedEngine(text: string): EngineTarget {
  const [, id, url] = /^([^=/:\s]+)=(.*)$/s.exec(text) ?? [];
  if (id !== undefined && url !== undefined) return engineTarget(id, url);
  throw targetError('ENGINE_INVALID', {
    message: `--engine is not ID=URL: "${redactText(text)}".`,
    remedy:
      'Write the id of the gateway’s endpoint, then its URL: --engine engine-a=http://10.0.0.7:8000. A URL alone goes to --vllm.',
  });
}

/** `--vllm ID=URL` is a slip for `--engine`. */
function plainUrl(text: string): string {
  const id = /^([\w.-]+)=https?:/i.exec(text)?.[1];
  if (id === undefined) return text;
  throw targetError('ENGINE_INVALID', {
    message: `--vllm takes a URL alone, and got one with the id ${id}.`,
    remedy: `Write --engine ${id}=URL, or leave the id out.`,
  });
}

/** The first engine's URL with the host and port that the variables of one endpoint name; B's default to A's. */
function placed(text: string, letter: 'A' | 'B', env: Environment): string {
  const origin = parseOrigin(text, `engine ${letter}`);
  const url = new URL(origin.url);
  const given = (part: 'HOST' | 'PORT'): string | undefined =>
    [letter, 'A'].map((it) => env[`ENGINE_ENDPOINT_${it}_${part}`]?.trim()).find(Boolean);
  const scheme = env['LLM_SCHEME']?.trim() || url.protocol.replace(':', '');
  const userInfo = url.username === '' ? '' : `${url.username}:${url.password}@`;
  const host = hostInUrl(given('HOST') ?? origin.host);
  return `${scheme}://${userInfo}${host}:${given('PORT') ?? origin.port}${url.pathname}`;
}

function unique(engines: EngineTarget[]): EngineTarget[] {
  const repeated = engines.find(({ id }, index) => engines.findIndex((it) => it.id === id) < index);
  if (!repeated) return engines;
  const message = `Two engines have the id ${repeated.id}.`;
  throw targetError('ENGINE_INVALID', { message, remedy: 'Give every engine its own id.' });
}

import { KvcacheError } from '../base/errors.ts';
import { redactUrl } from '../base/origin.ts';
import type { FlagValue } from './setting-reader.ts';
import { SettingReader } from './setting-reader.ts';
import type { SettingSource } from './setting-reader.ts';
import { TIMING } from './timing.ts';
import {
  type EngineTarget,
  type Targets,
  addressOf,
  engineTarget,
  parseHttpUrl,
  withoutTrailingSlash,
} from './targets.ts';

/** The model of the original sample; used when no engine says what it serves. */
export const SAMPLE_MODEL = 'Qwen2.5-3B-Instruct';
export const AUTO_MODEL = 'auto';

export type GatewayChoice =
  | { kind: 'embedded' }
  | { kind: 'pixiu' }
  | { kind: 'program'; file: string }
  | { kind: 'running'; url: string };

export interface TargetSettings {
  targets: Targets;
  gateway: GatewayChoice;
  /** Prometheus endpoint of the gateway; null: where the gateway we start says, or none. */
  metricsUrl: string | null;
  listenPort: number;
  metricPort: number;
  /** Variables of the config template; may hold credentials. */
  template: Record<string, string | undefined>;
  sources: SettingSource[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Engines, controller, model and gateway from flags, the original script's variables and its
 * defaults. Values that may hold secrets never get into `sources`.
 * @throws KvcacheError TARGET_MISSING, URL_INVALID, ENGINE_INVALID, API_KEY_MISSING, SETTING_INVALID
 * (kind usage)
 */
export function resolveTargets(
  flags: Readonly<Record<string, FlagValue>>,
  env: Environment,
): TargetSettings {
  const reader = new SettingReader(flags, env);
  const engines = resolveEngines(reader, flags, env);
  const controllerText = reader.text({ flag: 'lmcache', env: 'LMCACHE_ENDPOINT' });
  if (controllerText === undefined) {
    throw missing('the LMCache controller', '--lmcache URL or LMCACHE_ENDPOINT');
  }
  const controllerUrl = withoutTrailingSlash(parseHttpUrl(controllerText, 'LMCache controller'));
  const targets: Targets = {
    engines,
    controllerUrl,
    model: reader.text({ flag: 'model', env: 'MODEL_NAME' }, AUTO_MODEL),
    apiKey: apiKeyOf(flags, env),
    timeoutMs: reader.duration({ flag: 'timeout' }, `${TIMING.probeTimeoutMs}ms`),
  };
  const ports = {
    listenPort: port(reader, 'listenPort', 'PIXIU_LISTEN_PORT', 18_889),
    metricPort: port(reader, 'promPort', 'PIXIU_PROM_PORT', 2_223),
  };
  return {
    targets,
    ...ports,
    gateway: gatewayChoice(reader, env, ports.listenPort),
    metricsUrl: metricsUrlOf(reader),
    template: templateVariables(reader, targets, ports),
    sources: reader.sources.map(redacted),
  };
}

function port(reader: SettingReader, flag: string, env: string, fallback: number): number {
  return reader.integer({ flag, env }, { fallback, min: 0, max: 65_535 });
}

/** `--engine id=url` names engines fully; `--vllm` and the variables number them as the sample did. */
function resolveEngines(
  reader: SettingReader,
  flags: Readonly<Record<string, FlagValue>>,
  env: Environment,
): EngineTarget[] {
  const named = reader.list({ flag: 'engine' }).map(namedEngine);
  if (named.length > 0) return unique(named);
  const urls = reader.list({ flag: 'vllm', env: 'VLLM_ENDPOINT' });
  const first = urls[0];
  if (first === undefined) throw missing('an engine', '--vllm URL or VLLM_ENDPOINT');
  const ids = [
    reader.text({ env: 'ENGINE_ENDPOINT_A_ID' }, 'engine-a'),
    reader.text({ env: 'ENGINE_ENDPOINT_B_ID' }, 'engine-b'),
  ];
  if (Array.isArray(flags['vllm']) && urls.length > 1) {
    return unique(urls.map((url, index) => engineTarget(ids[index] ?? `engine-${index + 1}`, url)));
  }
  return unique([
    engineTarget(ids[0]!, placed(first, 'A', env)),
    engineTarget(ids[1]!, placed(first, 'B', env)),
  ]);
}

function namedEngine(text: string): EngineTarget {
  const equals = text.indexOf('=');
  if (equals > 0) return engineTarget(text.slice(0, equals), text.slice(equals + 1));
  throw new KvcacheError({
    kind: 'usage',
    code: 'ENGINE_INVALID',
    message: `--engine is not ID=URL: "${redactUrl(text) === '(not a URL)' ? text : redactUrl(text)}".`,
    remedy:
      'Write the id of the gateway’s endpoint, then its URL: --engine engine-a=http://10.0.0.7:8000.',
  });
}

/** The first engine's URL with the host and port that the variables of one endpoint name; B's default to A's. */
function placed(text: string, letter: 'A' | 'B', env: Environment): string {
  const url = parseHttpUrl(text, `engine ${letter}`);
  const given = (part: 'HOST' | 'PORT'): string | undefined =>
    [letter, 'A'].map((it) => env[`ENGINE_ENDPOINT_${it}_${part}`]?.trim()).find(Boolean);
  const scheme = env['LLM_SCHEME']?.trim() || url.protocol.replace(':', '');
  const userInfo = url.username === '' ? '' : `${url.username}:${url.password}@`;
  const host = given('HOST') ?? url.hostname;
  const portText = given('PORT') ?? addressOf(url).slice(url.hostname.length + 1);
  return `${scheme}://${userInfo}${host}:${portText}${url.pathname}`;
}

function unique(engines: EngineTarget[]): EngineTarget[] {
  const repeated = engines.find(({ id }, index) => engines.findIndex((it) => it.id === id) < index);
  if (!repeated) return engines;
  throw new KvcacheError({
    kind: 'usage',
    code: 'ENGINE_INVALID',
    message: `Two engines have the id ${repeated.id}.`,
    remedy: 'Give every engine its own id.',
  });
}

function apiKeyOf(flags: Readonly<Record<string, FlagValue>>, env: Environment): string | null {
  const name = flags['apiKeyEnv'];
  if (typeof name !== 'string') return null;
  const key = env[name]?.trim();
  if (key) return key;
  throw new KvcacheError({
    kind: 'usage',
    code: 'API_KEY_MISSING',
    message: `The environment variable ${name} named by --api-key-env is not set.`,
    remedy: `Export ${name}, or drop --api-key-env.`,
  });
}

function metricsUrlOf(reader: SettingReader): string | null {
  const text = reader.text({ flag: 'metricsUrl', env: 'PROM_URL' });
  return text === undefined ? null : parseHttpUrl(text, "the gateway's metrics").href;
}

/** `START_PIXIU=0` means a gateway that already runs, at `PIXIU_URL`. */
function gatewayChoice(reader: SettingReader, env: Environment, listenPort: number): GatewayChoice {
  const start = reader.choice({ env: 'START_PIXIU' }, ['0', '1'], '1');
  const running = env['PIXIU_URL']?.trim() || `http://127.0.0.1:${listenPort}`;
  const text = reader.text({ flag: 'gateway' }, start === '0' ? running : 'embedded');
  if (text === 'embedded' || text === 'pixiu') return { kind: text };
  if (text.includes('://')) {
    return { kind: 'running', url: withoutTrailingSlash(parseHttpUrl(text, 'gateway')) };
  }
  return { kind: 'program', file: text };
}

const TEMPLATE_SETTINGS = [
  'MEMORY_THRESHOLD',
  'HOT_CONTENT_THRESHOLD',
  'LOAD_THRESHOLD',
  'PIN_INSTANCE_ID',
  'PIN_LOCATION',
  'COMPRESS_INSTANCE_ID',
  'COMPRESS_LOCATION',
  'EVICT_INSTANCE_ID',
] as const;

/** What the config template is filled with; the rest follows from it. */
function templateVariables(
  reader: SettingReader,
  targets: Targets,
  ports: { listenPort: number; metricPort: number },
): Record<string, string | undefined> {
  const [a, b] = [targets.engines[0]!, targets.engines[1] ?? targets.engines[0]!];
  const place = (letter: string, { id, url }: EngineTarget): Record<string, string> => {
    const { hostname, port, protocol } = new URL(url);
    return {
      [`ENGINE_ENDPOINT_${letter}_ID`]: id,
      [`ENGINE_ENDPOINT_${letter}_HOST`]: hostname,
      [`ENGINE_ENDPOINT_${letter}_PORT`]: port || (protocol === 'https:' ? '443' : '80'),
    };
  };
  return {
    PIXIU_LISTEN_PORT: String(ports.listenPort),
    PIXIU_PROM_PORT: String(ports.metricPort),
    VLLM_ENDPOINT: a.url,
    LMCACHE_ENDPOINT: targets.controllerUrl ?? undefined,
    ...place('A', a),
    ...place('B', b),
    ...Object.fromEntries(TEMPLATE_SETTINGS.map((env) => [env, reader.text({ env })])),
  };
}

function redacted(source: SettingSource): SettingSource {
  const value = source.value
    .split(' ')
    .map((part) => part.replace(/https?:\/\/\S+/, (url) => redactUrl(url)))
    .join(' ');
  return { ...source, value };
}

function missing(what: string, how: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'TARGET_MISSING',
    message: `No address of ${what} is given.`,
    remedy: `Give ${how}. To try it without a deployment, start one with "kvcache mock up".`,
  });
}

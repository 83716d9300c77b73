import type { Environment } from '../base/environment.ts';
import { parseHttpUrl, parseOrigin, redactUrl } from '../base/origin.ts';
import type { RoutingPolicy } from '../config/routing-policies.ts';
import { type GatewayChoice, gatewayChoiceOf } from '../net/gateway-choice.ts';
import { choice } from '../schema/describe.ts';
import { accessOf } from './access.ts';
import { resolveEngines } from './engine-settings.ts';
import { kvEventSources } from './kv-event-settings.ts';
import { GATEWAY_FLAGS, type Learns, TARGET_FLAGS } from './flags.ts';
import { refuseForwardProxy } from './forward-proxy.ts';
import { type FlagValue, SettingReader, type SettingSource } from './setting-reader.ts';
import type { Targets } from './targets.ts';
import { templateVariables } from './template-variables.ts';
import { targetError } from './errors.ts';

/** The model of the original sample; used when no engine says what it serves. */
export const SAMPLE_MODEL = 'Qwen2.5-3B-Instruct';

export interface TargetSettings {
  targets: Targets;
  gateway: GatewayChoice;
  /** Policy of the embedded gateway; null for any other. */
  policy: RoutingPolicy | null;
  /** `auto` is found out by a probe. */
  learns: Learns;
  /** A second gateway before the same engines, its routing off; null = none. */
  baselineGatewayUrl: string | null;
  /** Prometheus endpoint of the gateway; null: where the gateway we start says, or none. */
  metricsUrl: string | null;
  listenPort: number;
  metricPort: number;
  /** Variables of the config template; may hold credentials. */
  template: Record<string, string | undefined>;
  sources: SettingSource[];
}

const FLAGS = { ...TARGET_FLAGS, ...GATEWAY_FLAGS };
const START_PIXIU = choice('0 uses the gateway at PIXIU_URL.', ['0', '1'], '1');
type Flags = Readonly<Record<string, FlagValue>>;

/**
 * Engines, controller, model and gateway from flags, the original script's variables and its
 * defaults. Only something to send requests to must be named. Values that may hold secrets never
 * get into `sources`.
 * @throws KvcacheError TARGET_MISSING, URL_INVALID, ENGINE_INVALID, SETTING_INVALID (kind usage), and as
 * `accessOf` and `refuseForwardProxy`
 */
export function resolveTargets(flags: Flags, env: Environment, cwd = '.'): TargetSettings {
  const reader = new SettingReader(flags, env);
  const read = reader.from(FLAGS);
  const ports = { listenPort: read('listenPort'), metricPort: read('promPort') };
  const gateway = gatewayChoice(reader, env, ports.listenPort);
  const engines = resolveEngines(reader, env);
  const targets: Targets = {
    engines,
    controllerUrl: originOf(read('lmcache'), '--lmcache'),
    kvEvents: kvEventSources(read('kvEvents'), engines),
    gatewayUrl: gateway.kind === 'running' ? gateway.url : null,
    model: read('model'),
    access: accessOf(
      {
        apiKeyEnv: read('apiKeyEnv'),
        header: read('header'),
        cacert: read('cacert'),
        insecure: read('insecure'),
      },
      { env, cwd },
    ),
    timeoutMs: read('timeout'),
    replicas: null,
    servedByHeaders: read('servedByHeader').map((it) => headerName(it)),
    sessionHeader: given(read('sessionHeader'), headerName),
  };
  refuseMissing(targets, gateway);
  const baselineGatewayUrl = originOf(read('baselineGateway'), '--baseline-gateway');
  const metricsUrl = given(
    read('metricsUrl'),
    (text) => parseHttpUrl(text, "the gateway's metrics").href,
  );
  const { controllerUrl, gatewayUrl } = targets;
  const urls = [...engines.map(({ url }) => url), controllerUrl, gatewayUrl];
  refuseForwardProxy(env, ...urls, baselineGatewayUrl, metricsUrl);
  return {
    targets: { ...targets, replicas: replicasOf(reader, targets) },
    ...ports,
    gateway,
    policy: policyOf(reader, targets, gateway),
    learns: read('learns'),
    baselineGatewayUrl,
    metricsUrl,
    template: templateVariables(reader, targets),
    sources: reader.sources.map(redacted),
  };
}

function given<T>(text: string | undefined, read: (text: string) => T): T | null {
  return text === undefined ? null : read(text);
}

function originOf(text: string | undefined, flag: string): string | null {
  return given(text, (url) => parseOrigin(url, flag).url);
}

/** What is started needs engines behind it, and Pixiu routes by a controller or not at all. */
function refuseMissing({ engines, controllerUrl }: Targets, gateway: GatewayChoice): void {
  if (gateway.kind === 'running') return;
  if (engines.length === 0) {
    throw missing('an engine or a gateway', '--vllm URL, VLLM_ENDPOINT or --gateway URL');
  }
  if (controllerUrl === null && gateway.kind !== 'embedded') {
    throw missing(
      'the LMCache controller, by which alone Pixiu routes,',
      '--lmcache URL or LMCACHE_ENDPOINT',
    );
  }
}

/** Without a controller the policy `lookup` would have nobody to ask, nor `events` without sources. */
function policyOf(
  reader: SettingReader,
  { controllerUrl, engines, kvEvents }: Targets,
  gateway: GatewayChoice,
): RoutingPolicy | null {
  if (gateway.kind !== 'embedded') return null;
  const fallback = controllerUrl === null ? 'prefix' : 'lookup';
  const policy = reader.from(FLAGS)('routing', fallback);
  const unheard = engines.find(({ id }) => !kvEvents.some((it) => it.endpointId === id));
  if (policy === 'events' && unheard) {
    throw missing(`the KV events of engine ${unheard.id}`, `--kv-events ${unheard.id}=URL`);
  }
  if (policy !== 'lookup' || controllerUrl !== null) return policy;
  throw missing(
    'the LMCache controller, which the policy lookup asks,',
    '--lmcache URL, or --routing prefix, which needs none',
  );
}

function replicasOf(reader: SettingReader, { engines }: Targets): number | null {
  const min = Math.max(1, engines.length);
  return reader.value({ flag: 'replicas' }, { ...FLAGS.replicas.schema, min }) ?? null;
}

/** A field name of RFC 9110 §5.1, lower case as HTTP libraries give it. */
function headerName(text: string): string {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(text)) return text.toLowerCase();
  throw targetError('SETTING_INVALID', {
    message: `Not the name of a header: "${text}".`,
    remedy: 'Give the name alone, for example x-worker-id.',
  });
}

/** `START_PIXIU=0` means a gateway that already runs, at `PIXIU_URL`. */
function gatewayChoice(reader: SettingReader, env: Environment, listenPort: number): GatewayChoice {
  const start = reader.value({ env: 'START_PIXIU' }, START_PIXIU);
  const running = env['PIXIU_URL']?.trim() || `http://127.0.0.1:${listenPort}`;
  const text = reader.text({ flag: 'gateway' }, start === '0' ? running : 'embedded');
  return start === '0' && text === running
    ? { kind: 'running', url: parseOrigin(text, 'the gateway').url }
    : gatewayChoiceOf(text);
}

function redacted(source: SettingSource): SettingSource {
  const value = source.value
    .split(' ')
    .map((part) => part.replace(/https?:\/\/\S+/, (url) => redactUrl(url)))
    .join(' ');
  return { ...source, value };
}

function missing(what: string, how: string) {
  return targetError('TARGET_MISSING', {
    message: `No address of ${what} is given.`,
    remedy: `Give ${how}. To try it without a deployment, start one with "kvcache mock up".`,
  });
}

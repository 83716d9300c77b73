import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import { hash32 } from '../base/random.ts';
import { accessBy } from '../net/access.ts';
import { AUTO_MODEL, type Learns } from '../target/flags.ts';
import { engineTarget, type Targets } from '../target/targets.ts';
import { parseOrigin } from '../base/origin.ts';
import { TIMING } from '../target/timing.ts';
import type { MeasuredSample } from './evidence/measured.ts';
import type { VerifyEvent } from './experiment/events.ts';
import { type ExperimentPlan, resolvePlan } from './experiment/plan.ts';
import type { VerifyResult } from './result/result.ts';
import { verify } from './verify.ts';

/** A deployment that runs, as a program knows it. No environment variable is read. */
export interface DeploymentOptions extends Partial<
  Pick<Targets, 'replicas' | 'servedByHeaders' | 'sessionHeader' | 'timeoutMs'>
> {
  /** Base URL of the gateway to be judged. */
  gatewayUrl: string;
  /** Base URLs of its engines by endpoint id, which must equal LMCache's instance id. */
  engines?: Readonly<Record<string, string>>;
  /** Base URL of the LMCache controller. */
  controllerUrl?: string;
  /** Prometheus endpoint of the gateway. */
  metricsUrl?: string | null;
  /** By default what `/v1/models` says. */
  model?: string;
  /** Bearer token for engines and gateway. */
  apiKey?: string;
  /** A second gateway before the same engines, its routing off. */
  baselineGatewayUrl?: string;
  learns?: Learns;
  /** How much is measured; each member of `plan` beats it. */
  depth?: 'quick' | 'normal' | 'thorough';
  plan?: Partial<ExperimentPlan>;
  clock?: Clock;
  /** Ends the run early; what was measured until then is in the result. */
  signal?: AbortSignal;
  onEvent?: (event: VerifyEvent) => void;
  /** Takes every measured request as soon as it is answered. */
  record?: (sample: MeasuredSample) => void;
}

/**
 * Judges a gateway that runs, with its engines and its controller as far as they are named: the
 * experiment of `kvcache verify --gateway URL`. A target that fails ends it early, with a result.
 * @throws KvcacheError URL_INVALID, BUDGET_TOO_SMALL (kind usage)
 */
export async function verifyDeployment(options: DeploymentOptions): Promise<VerifyResult> {
  const { learns = 'auto', clock = systemClock, signal, onEvent, record } = options;
  const targets = targetsOf(options);
  const gateway = { url: targets.gatewayUrl!, metricsUrl: options.metricsUrl ?? null };
  return verify({
    targets,
    plan: planOf(options),
    startGateway: () => Promise.resolve({ ...gateway, mode: 'running', logPath: null }),
    gatewayMode: 'running',
    policy: null,
    baselineGatewayUrl: originOrNull(options.baselineGatewayUrl, 'baselineGatewayUrl'),
    learns,
    findings: [],
    settings: [],
    artefacts: { workDir: null, sampleLog: null, renderedConfig: null, gatewayLog: null },
    nodeVersion: process.versions.node,
    clock,
    signal,
    ...(onEvent && { onEvent }),
    ...(record && { record }),
  });
}

function targetsOf(options: DeploymentOptions): Targets {
  const { replicas = null, servedByHeaders = [], sessionHeader = null } = options;
  const { model = AUTO_MODEL, apiKey = '', timeoutMs = TIMING.probeTimeoutMs } = options;
  return {
    engines: Object.entries(options.engines ?? {}).map(([id, url]) => engineTarget(id, url)),
    controllerUrl: originOrNull(options.controllerUrl, 'controllerUrl'),
    kvEvents: [],
    gatewayUrl: originOrNull(options.gatewayUrl, 'gatewayUrl'),
    model,
    access: accessBy(apiKey),
    timeoutMs,
    replicas,
    servedByHeaders,
    sessionHeader,
  };
}

function originOrNull(url: string | undefined, what: string): string | null {
  return url === undefined ? null : parseOrigin(url, what).url;
}

function planOf({ depth = 'normal', plan }: DeploymentOptions): ExperimentPlan {
  const nonce = randomBytes(8).toString('hex');
  const flags = depth === 'normal' ? {} : { [depth]: true };
  return { ...resolvePlan(flags, {}, { seed: hash32(nonce), nonce }).plan, ...plan };
}

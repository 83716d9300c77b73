import type { Check, Finding, Outcome } from '../../base/outcome.ts';
import type { Interval } from '../../stats/interval.ts';
import type { Estimate } from '../judge/estimate.ts';
import type { SettingSource } from '../../target/setting-reader.ts';
import type { ArmSummary, Comparison } from './result-arms.ts';
import type { Cause, DoseResponse, LossFunnel, MoneyLine } from './result-attribution.ts';
import type {
  GeneratorAudit,
  HitRate,
  PromptCertificate,
  RoutingEvidence,
  ServedEvidence,
  TokenPrediction,
} from './result-evidence.ts';

/**
 * Everything `kvcache verify` found out. Plain JSON: no NaN, no undefined, no class instances and
 * no secrets. `null` always means "not measured" or "not known", never zero. Latencies are
 * milliseconds, token counts the engine's own, rates 0..1.
 */
export interface VerifyResult {
  /** The worst outcome of `checks`, or `invalid` when anything stands in `invalidations`. */
  outcome: Outcome;
  /** What it came to, in one sentence; follows from `checks` and `invalidations`. */
  headline: string;
  checks: Check[];
  /** Why routing does not do what it should, as far as the evidence goes; null where it does. */
  cause: Cause | null;
  /** True when the run ended before its plan was done; everything below covers what was measured. */
  isPartial: boolean;
  /** Why it ended early; null when it did not. */
  stopReason: string | null;
  seed: number;
  /** Wall time of the start, ISO 8601. */
  startedAt: string;
  durationMs: number;
  /** SHA-256 over everything that must be equal for two runs to be comparable. */
  fingerprint: string;
  /** What the fingerprint was made of, by name. */
  comparable: Record<string, string | number | boolean | null>;
  versions: Versions;
  targets: TargetsSummary;
  settings: SettingSource[];
  preflight: Finding[];
  /** How the gateway finds an engine, and who may be believed; null before the probe. */
  routing: RoutingEvidence | null;
  controls: ControlEvidence | null;
  arms: ArmSummary[];
  comparisons: Comparison[];
  served: ServedEvidence | null;
  hitRate: HitRate | null;
  tokenPrediction: TokenPrediction | null;
  certificate: PromptCertificate | null;
  funnel: LossFunnel | null;
  doseResponse: DoseResponse | null;
  money: MoneyLine | null;
  audit: GeneratorAudit | null;
  /** Each entry makes the whole run invalid. */
  invalidations: Invalidation[];
  thresholds: ThresholdResult[];
  cost: Cost;
  /** The lines the original `verify.sh` printed, computed right. */
  parity: ParityLine[];
  artefacts: Artefacts;
}

export interface Versions {
  kvcache: string;
  node: string;
  /** `Server` header of the gateway; null when it does not say. */
  gateway: string | null;
  /** By engine id, from GET /version. */
  engines: Record<string, string | null>;
  /** Dialect of the controller's API as met, for example `lmcache-legacy`. */
  controllerDialect: string | null;
}

/** Where everything is. URLs carry no user info and no query values. */
export interface TargetsSummary {
  /** `kind`: what serves there as people call it (`vLLM`, `SGLang`, …); null before anybody looked. */
  engines: { id: string; url: string; address: string; kind: string | null }[];
  controllerUrl: string | null;
  /** Null when the run ended before it started one. */
  gatewayUrl: string | null;
  gatewayMode: GatewayMode;
  metricsUrl: string | null;
  model: string | null;
  /** Policy of the embedded gateway; null for any other. */
  policy: string | null;
  /** Routing off, where a second gateway stands for it. */
  baselineGatewayUrl: string | null;
  /** Engines behind a gateway, as the user says, where they cannot be reached. */
  replicas: number | null;
  /** Time limit of one measured request: what a failure counts as. */
  requestTimeoutMs: number;
}

/** Embedded gateway, external `pixiu` started by us, or one that already runs. */
export type GatewayMode = 'embedded' | 'binary' | 'running';

/** Forced right against forced wrong: can this deployment show a cache effect at all? */
export interface ControlEvidence {
  /** Pairs of one request to the engine that holds the prefix and one to an engine that does not. */
  pairs: number;
  preferredTtftMs: { mean: number; p50: number };
  wrongTtftMs: { mean: number; p50: number };
  /** Paired difference wrong − preferred. */
  differenceMs: Estimate;
  preferredCachedTokens: number | null;
  wrongCachedTokens: number | null;
  /** `seen`: the interval lies above 0. `absent`: it lies below the margin. Else `unclear`. */
  effect: 'seen' | 'absent' | 'unclear';
}

export interface Invalidation {
  code:
    | 'answered-without-engine'
    | 'foreign-traffic'
    | 'repeated-requests'
    | 'one-process'
    | 'counter-reset'
    | 'generator-overload'
    | 'warm-leftovers'
    | 'null-comparison-differs'
    | 'too-many-errors'
    | 'prompt-rewritten'
    | 'unequal-load';
  /** What was seen, with figures. */
  reason: string;
  remedy: string;
}

export interface ThresholdResult {
  /** As written by the user. */
  text: string;
  outcome: Outcome;
  actual: number | null;
  interval: Interval | null;
}

/** Said before the start, and what it came to. */
export interface Cost {
  planned: {
    requests: number;
    promptTokens: number;
    outputTokens: number;
    durationMs: number;
    /** Smallest cut of TTFT p95 that a run of this size shows at a typical spread; null: none. */
    couldShow: number | null;
  };
  spent: { requests: number; promptTokens: number; outputTokens: number; durationMs: number };
}

export interface ParityLine {
  /** As the old report named it. */
  label: string;
  value: string;
  /** What the old script did to get it. */
  replaces: string;
  /** Why ours differs; empty when it does not. */
  note: string;
}

/** Paths; null when not written. */
export interface Artefacts {
  workDir: string | null;
  sampleLog: string | null;
  renderedConfig: string | null;
  gatewayLog: string | null;
}

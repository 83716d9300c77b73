import type { Check, Outcome } from '../base/outcome.ts';
import type { Interval } from '../stats/interval.ts';
import type { VerifyResult } from '../verify/result/result.ts';

/** Goes up only when a reader of the old shape would misread the new one. */
export const REPORT_SCHEMA = 'kvcache.report/v1';

/**
 * What a run has to tell, in one plain JSON document: everything the renderers need and nothing they
 * could compute from it. No NaN, no undefined, no secrets; null is "not measured" or "not known",
 * never zero. Durations are milliseconds.
 */
export type Report = VerifyReport | LoadReport | RunReport;

export interface VerifyReport extends ReportHead {
  kind: 'verify';
  result: VerifyFigures;
}

export interface LoadReport extends ReportHead {
  kind: 'load';
  result: LoadFigures;
}

export interface RunReport extends ReportHead {
  kind: 'run';
  result: RunFigures;
}

export interface ReportHead {
  schema: typeof REPORT_SCHEMA;
  /** For people: `kvcache verify`. */
  title: string;
  /** Version of kvcache that measured. */
  version: string;
  outcome: Outcome;
  exitCode: number;
  /** True when the run ended before its plan was done; everything covers what was measured. */
  isPartial: boolean;
  stopReason: string | null;
  /** ISO 8601; null when unknown. */
  startedAt: string | null;
  durationMs: number | null;
  seed: number | null;
  /** Everything that must be equal for two runs to be comparable. Addresses and seeds are not. */
  comparable: Record<string, string | number | boolean | null>;
  checks: Check[];
  /** Every measured request, in the order it was recorded. */
  samples: ReportSample[];
}

/** One measured request. */
export interface ReportSample {
  id: string;
  /** `A`, `B`, `C`, `D`, `N` of a verification; empty outside an experiment. */
  arm: string;
  /** Round of a verification, which holds one block of every arm; 0 outside an experiment. */
  block: number;
  /** On the run's own clock; only differences mean something. */
  startMs: number | null;
  /** Null for a request without a streamed answer. */
  ttftMs: number | null;
  latencyMs: number;
  servedBy: string | null;
  /** Engine that held the prefix before; null when unknown or not asked. */
  holder: string | null;
  promptTokens: number | null;
  outputTokens: number | null;
  /** Tokens of the prompt that could have come from a cache. */
  reusableTokens: number | null;
  /** As the gateway predicted it. */
  predictedTokens: number | null;
  /** As the engine reported it. */
  cachedTokens: number | null;
  /** Null for a success, else what went wrong: `timeout`, `http`, `error`, `lost` without a sample. */
  failure: string | null;
}

/** In the order of every table of samples. One that is forgotten here does not compile. */
export const SAMPLE_COLUMNS = Object.keys({
  id: true,
  arm: true,
  block: true,
  startMs: true,
  ttftMs: true,
  latencyMs: true,
  servedBy: true,
  holder: true,
  promptTokens: true,
  outputTokens: true,
  reusableTokens: true,
  predictedTokens: true,
  cachedTokens: true,
  failure: true,
} satisfies Record<keyof ReportSample, true>) as (keyof ReportSample)[];

/** The result of a verification without what the head says already. */
export type VerifyFigures = Omit<
  VerifyResult,
  'outcome' | 'checks' | 'isPartial' | 'stopReason' | 'startedAt' | 'durationMs' | 'seed'
>;

/** What one phase of load came to. */
export interface LoadFigures {
  runId: string;
  /** Without credentials. */
  target: string;
  model: string | null;
  /** Percentiles count a failure at least at this. */
  timeoutMs: number;
  requests: number;
  succeeded: number;
  /** By class. */
  failures: Record<string, number>;
  /** Cut off by an early stop; in neither of the two above. */
  stopped: number;
  errorRate: number | null;
  errorRateInterval: Interval | null;
  measuredMs: number;
  goodputPerSecond: number | null;
  goodputInterval: Interval | null;
  outputTokensPerSecond: number | null;
  outputTokensInterval: Interval | null;
  latency: MetricFigures;
  ttft: MetricFigures;
  itl: MetricFigures;
  tpot: MetricFigures;
  lateness: MetricFigures;
  promptTokens: number | null;
  outputTokens: number | null;
  /** Successes that reported cached tokens. */
  cachedKnown: number;
  /** Cached ÷ prompt tokens over those. */
  prefixHitRate: number | null;
  prefixHitRateInterval: Interval | null;
  servedBy: Record<string, number>;
  /** Lines on what the prompts were. */
  prompts: string | null;
  /** The generator on itself; empty when it could not say (a killed run). */
  audit: { id: string; level: string; text: string }[];
  /** HdrHistogram V2 compressed, base64, unit µs; null without values. */
  histograms: { latency: string | null; ttft: string | null };
}

/** Statistics of one metric, milliseconds; percentiles by nearest rank on the raw samples. */
export interface MetricFigures {
  n: number;
  /** As many independent values would tell as much. */
  effectiveN: number;
  mean: number | null;
  /** Null: too few values, or they depend on each other for too long. */
  meanInterval: Interval | null;
  standardDeviation: number | null;
  min: number | null;
  max: number | null;
  percentiles: PercentileFigure[];
}

export interface PercentileFigure {
  percent: number;
  /** Null: too few samples to say anything. */
  value: number | null;
  resolution: 'resolved' | 'not-resolved' | 'hidden';
  interval: Interval | null;
}

export interface RunFigures {
  scenario: string;
  /** What the scenario has to say beyond its checks, as `run --json` prints it. */
  detail: Record<string, unknown>;
}

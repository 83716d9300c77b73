import type { ShardFacts } from '../load/shard/shard-facts.ts';
import type { CapacityFigures } from '../capacity/result.ts';
import type { PhaseFigures } from '../load/aggregate.ts';
import type { Check, Outcome } from '../base/outcome.ts';
import type { CalibrateFigures } from '../calibrate/result.ts';
import type { Interval } from '../stats/interval.ts';
import type { PromptsResult } from '../prompts/result.ts';
import type { SimulateFigures } from '../simulate/result/result.ts';
import type { VerifyResult } from '../verify/result/result.ts';

/** Goes up only when a reader of the old shape would misread the new one. */
export const REPORT_SCHEMA = 'kvcache.report/v1';

/**
 * What a run has to tell, in one plain JSON document: everything the renderers need and nothing they
 * could compute from it. No NaN, no undefined, no secrets; null is "not measured" or "not known",
 * never zero. Durations are milliseconds.
 */
export type Report =
  | VerifyReport
  | LoadReport
  | CapacityReport
  | RunReport
  | PromptsReport
  | SimulateReport
  | CalibrateReport;

export interface VerifyReport extends ReportHead {
  kind: 'verify';
  result: VerifyFigures;
}

export interface LoadReport extends ReportHead {
  kind: 'load';
  result: LoadFigures;
}

export interface CapacityReport extends ReportHead {
  kind: 'capacity';
  result: CapacityFigures;
}

export interface RunReport extends ReportHead {
  kind: 'run';
  result: RunFigures;
}

export interface PromptsReport extends ReportHead {
  kind: 'prompts';
  result: PromptsResult;
}

export interface SimulateReport extends ReportHead {
  kind: 'simulate';
  result: SimulateFigures;
}

export interface CalibrateReport extends ReportHead {
  kind: 'calibrate';
  result: CalibrateFigures;
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
  /** `A`, `B`, `C`, `D`, `N` of a verification, the step of a scenario, the policy of a simulation, the arm of a probe; else empty. */
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

/** Of a sample of which nothing is known; its members are in the order of every table of samples. */
export const NO_SAMPLE: Readonly<ReportSample> = {
  id: '',
  arm: '',
  block: 0,
  startMs: null,
  ttftMs: null,
  latencyMs: 0,
  servedBy: null,
  holder: null,
  promptTokens: null,
  outputTokens: null,
  reusableTokens: null,
  predictedTokens: null,
  cachedTokens: null,
  failure: null,
};

export const SAMPLE_COLUMNS = Object.keys(NO_SAMPLE) as (keyof ReportSample)[];

/** The result of a verification without what the head says already. */
export type VerifyFigures = Omit<
  VerifyResult,
  'outcome' | 'checks' | 'isPartial' | 'stopReason' | 'startedAt' | 'durationMs' | 'seed'
>;

/** What one phase of load came to. */
export interface LoadFigures extends PhaseFigures {
  runId: string;
  /** Without credentials. */
  target: string;
  model: string | null;
  /** Percentiles count a failure at least at this. */
  timeoutMs: number;
  /** First intended start to last end of the samples. */
  measuredMs: number;
  promptTokens: number | null;
  outputTokens: number | null;
  /** Successes that reported cached tokens. */
  cachedKnown: number;
  /** Cached ÷ prompt tokens over those. */
  prefixHitRate: number | null;
  prefixHitRateInterval: Interval | null;
  /** Lines on what the prompts were. */
  prompts: string | null;
  /** The generator on itself; empty when it could not say (a killed run). */
  audit: { id: string; level: string; text: string }[];
  /** HdrHistogram V2 compressed, base64, unit µs; null without values. */
  histograms: { latency: string | null; ttft: string | null };
  /** The parts of a plan that these are the figures of; absent where one process sent it all. */
  shards?: ShardFacts[];
}

/** What the requests of one step of a scenario came to. */
export interface StepSummary {
  step: string;
  requests: number;
  failed: number;
  /** Cached by prompt tokens of the answers that say both; null where none does. */
  cachedShare: number | null;
  /** Milliseconds; null without a streamed answer. */
  ttftMsP50: number | null;
  /** Successes by the endpoint that served them. */
  servedBy: Record<string, number>;
}

export interface RunFigures {
  scenario: string;
  /** In the order they were played; older reports lack them. */
  steps?: StepSummary[];
  /** What the scenario has to say beyond its checks, as `run --json` prints it. */
  detail: Record<string, unknown>;
}

import type { Outcome } from '../../base/outcome.ts';
import type { Interval } from '../../stats/interval.ts';

/**
 * The arms of the experiment, all under the same load and token counts.
 * A: uncacheable through the gateway. B: cacheable, routing off. C: cacheable, routing on.
 * D: cacheable, straight to the engine that holds the prefix. N: the same as C once more, so that
 * C against N must show no difference. P: the requests that prime D, cold and straight to the same
 * engine; no blocks of its own.
 */
export type ArmId = 'A' | 'B' | 'C' | 'D' | 'N' | 'P';

export interface ArmSummary {
  id: ArmId;
  /** One line for people, for example how "routing off" was done. */
  description: string;
  blocks: number;
  requests: number;
  errors: number;
  /** Mean per answered request. */
  promptTokensMean: number | null;
  outputTokensMean: number | null;
  /** Tokens served from cache ÷ prompt tokens; failures served none. Null while a request is unknown. */
  prefixHitRate: number | null;
  prefixHitInterval: Interval | null;
  errorInterval: Interval | null;
  /** Requests whose engine reported cached tokens. */
  cachedTokensKnown: number;
  ttft: Distribution | null;
  latency: Distribution | null;
  /** Requests by the endpoint that served them; `unknown` collects the rest. */
  servedBy: Record<string, number>;
}

/**
 * Of one metric in one arm, milliseconds; failures count at the time limit. Percentiles are by nearest
 * rank on the raw samples.
 */
export interface Distribution {
  n: number;
  mean: number;
  meanInterval: Interval | null;
  p50: Quantile;
  p95: Quantile;
  p99: Quantile;
  min: number;
  max: number;
}

/** `value` null: too few samples to say anything. `interval` null: a value, but not resolved. */
export interface Quantile {
  value: number | null;
  interval: Interval | null;
}

export type ComparisonId =
  | 'cache-gain'
  | 'routing-gain'
  | 'routing-efficiency'
  | 'gateway-tax'
  | 'null'
  | 'cache-and-routing'
  | 'old-script';

/** Two arms compared on one metric. */
export interface Comparison {
  id: ComparisonId;
  /** One sentence for people. */
  claim: string;
  base: ArmId;
  treatment: ArmId;
  metric: 'ttft' | 'latency';
  /** `p95`, `p50` or `mean`. */
  statistic: string;
  /** Treatment ÷ base for a ratio, a share 0..1 for routing efficiency. */
  kind: 'ratio' | 'share';
  baseMs: number | null;
  treatmentMs: number | null;
  value: number | null;
  interval: Interval | null;
  /**
   * What it says of its claim: the one judgement that table, checks and headline share. Null where
   * nothing is claimed: a cost, a control, a share.
   */
  outcome: Outcome | null;
  /** Exact sign-flip test over pairs of blocks; null when not computed. */
  pValue: number | null;
  pairs: number;
  /**
   * Which way it went; of a gain never anything but what `outcome` says. A share is never judged by
   * itself; a threshold may judge it.
   */
  verdict: 'better' | 'no-gain' | 'not-worse' | 'worse' | 'inconclusive' | 'not-judged';
  /** Why the verdict, in one sentence. */
  reason: string;
  /** Failed requests of the base, left out: a failure never helps the claim. */
  baseFailures: number;
  /** Smallest relative cut this run could have shown with 80 % power; null when unknown. */
  minimumDetectableEffect: number | null;
}

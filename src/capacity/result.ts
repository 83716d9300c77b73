import type { Interval } from '../stats/interval.ts';
import type { Verdict } from './step-judge.ts';

/** A time of a step's requests, ms. */
export interface StepTime {
  p50: number | null;
  p95: number | null;
  /** Of the p95, 95 %. */
  p95Interval: Interval | null;
  p99: number | null;
}

/** One rate that was tried. */
export interface CapacityStep {
  /** Requests per second asked for. */
  rate: number;
  verdict: Verdict;
  /** Judged: those after the settling. */
  requests: number;
  /** Of those. Null where none has such a time. */
  ttft: StepTime;
  latency: StepTime;
  errorRate: number;
  /** Share that failed in nothing and kept every bound on a time. */
  goodput: number;
  /** The same per second. */
  goodputPerSecond: number;
  /** Cached ÷ prompt tokens of the answers that report both; null where none does. */
  hitRate: number | null;
}

/**
 * Why a search ended. `closed`: the limit is known as well as was wanted. `never`: not even at the lowest rate.
 * `always`: at the highest that may be tried. `budget`: its time or requests are spent. `prompts`: there are no
 * more new ones. `generator`: the load generator itself became the limit. `stopped`: by the user.
 */
export type CurveEnd =
  | 'closed'
  | 'never'
  | 'always'
  | 'budget'
  | 'prompts'
  | 'generator'
  | 'stopped';

/** What was found of one way to serve. */
export interface CapacityCurve {
  /** `off` and `on` of a comparison; else empty. */
  arm: string;
  end: CurveEnd;
  /** What ended it, where that is the generator: its own findings. */
  reasons: string[];
  /** Requests per second: the highest that held, null where none did. */
  held: number | null;
  /** The lowest above it that failed for certain; null where none did. */
  failed: number | null;
  /** In the order they were tried. */
  steps: CapacityStep[];
}

/** A figure between two ends that hold with 95 %; `high` null where nothing bounds it. */
export interface Between {
  value: number;
  low: number;
  high: number | null;
}

/** Routing on against routing off. */
export interface CapacityGain {
  /** Requests per second, on ÷ off. */
  times: Between;
  /** Engines that the same load takes less; null where nobody knows how many there are. */
  enginesSaved: Between | null;
  /** The same by the price of an engine; null without one. */
  moneySavedPerHour: Between | null;
}

/** What a search for the most that is carried came to. */
export interface CapacityFigures {
  /** `rate` or `knee`. */
  searched: string;
  /** Without credentials. */
  target: string;
  model: string;
  /** As they were asked for, or as a knee means them. */
  objectives: string[];
  workload: string;
  /** How routing was turned off; null where nothing was compared. */
  routingOff: string | null;
  engines: number | null;
  curves: CapacityCurve[];
  /** Null where nothing was compared, or an end is not known. */
  gain: CapacityGain | null;
}

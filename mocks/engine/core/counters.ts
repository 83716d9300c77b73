import type { FinishReason } from './request.ts';

/** Cumulative since start, except the gauges; the sources of vLLM's metrics of like names. */
export interface EngineCounters {
  /** Gauge. */
  running: number;
  /** Gauge. */
  waiting: number;
  /** Gauge: share of KV blocks held by running requests or pinned, 0 to 1. */
  readonly kvUsage: number;
  promptTokens: number;
  generationTokens: number;
  /** Prompt tokens looked up in the device's prefix cache. */
  prefixQueries: number;
  prefixHits: number;
  /** Prompt tokens looked up in the second tier, that is not found on the device. */
  tierQueries: number;
  tierHits: number;
  preemptions: number;
  rejected: number;
  finished: Record<FinishReason, number>;
  steps: number;
}

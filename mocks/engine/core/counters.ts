import type { FinishReason } from './request.ts';

/** Cumulative since start, except the gauges; the sources of vLLM's metrics of like names. */
export interface EngineCounters {
  /** Gauge. */
  readonly running: number;
  /** Gauge. */
  readonly waiting: number;
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

export interface GaugeSources {
  running: () => number;
  waiting: () => number;
  kvUsage: () => number;
}

/** All zero; the gauges read their source whenever asked. */
export function createCounters(sources: GaugeSources): EngineCounters {
  return {
    get running() {
      return sources.running();
    },
    get waiting() {
      return sources.waiting();
    },
    get kvUsage() {
      return sources.kvUsage();
    },
    ...zero(),
  };
}

/** As after a start: everything but the gauges begins again. */
export function resetCounters(counters: EngineCounters): void {
  Object.assign(counters, zero());
}

function zero(): Omit<EngineCounters, keyof GaugeSources> {
  return {
    promptTokens: 0,
    generationTokens: 0,
    prefixQueries: 0,
    prefixHits: 0,
    tierQueries: 0,
    tierHits: 0,
    preemptions: 0,
    rejected: 0,
    finished: { stop: 0, length: 0, abort: 0 },
    steps: 0,
  };
}

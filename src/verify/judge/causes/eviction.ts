import type { CauseRow } from './cause.ts';

/** Cached, and gone before its use. */
export const eviction: CauseRow = {
  id: 'eviction',
  sentence: () => 'Engines evict prefixes before they are used again: the cache is under pressure.',
  remedy: () =>
    'Give the engines more KV memory (vLLM: --gpu-memory-utilization; LMCache: max_local_cpu_size), or bound the working set.',
  speaksFor: (seen) => [
    seen.held !== null &&
      seen.held < 0.9 &&
      `${Math.round(100 * (seen.held ?? 0))} % of the prefixes still there when asked for directly`,
    seen.heldByEvents !== null &&
      seen.heldByEvents < 0.9 &&
      `${Math.round(100 * seen.heldByEvents)} % of what could be reused still held right before it was asked for, by KV events`,
  ],
  speaksAgainst: (seen) => [
    seen.held === 0 && seen.outcome('control') !== 'pass' && 'nothing was ever found',
  ],
};

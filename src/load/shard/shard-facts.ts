import type { Shard } from '../../base/shard.ts';

/** How a shard's clock stands to that of the barrier. */
export interface ClockFacts {
  /** Own time minus the barrier's, by the quickest of several exchanges. */
  offsetMs: number;
  /** The offset is right to within this: half of what that exchange took. */
  boundMs: number;
}

/** Which part of which plan a run was, and when it was to begin. */
export interface ShardFacts extends Shard {
  /** Equal for all shards of one plan: what is asked, in which order, when, and of whom. */
  plan: string;
  /** Milliseconds since the Unix epoch; by the barrier's clock where there was one. */
  startAtMs: number;
  /** Null where nobody compared clocks. */
  clock: ClockFacts | null;
  /** Of the running system: what shares it shares a clock. Null where the system does not tell. */
  bootId: string | null;
}

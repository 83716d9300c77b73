import { sumOf } from '../../base/lists.ts';
import type { CounterSnapshot } from '../../target/counters.ts';
import type { ArmId } from '../result/result-arms.ts';

/** Our own requests of one step of a block, and what the counters said meanwhile. */
export interface PhaseCount {
  /** Answered to their end: some engine must have counted them, or nobody has answered. */
  certain: number;
  /** Cut off, refused or broken: an engine may have counted them or not. */
  uncertain: number;
  /** Of all, those sent to the gateway. */
  throughGateway: number;
  /** As the answers reported them. */
  promptTokens: number;
  delta: CounterSnapshot;
}

export interface BlockCount {
  arm: ArmId;
  round: number;
  /** Measured requests that the block should hold. */
  planned: number;
  primes: PhaseCount;
  measured: PhaseCount;
}

/** Requests of all engines together; null unless every one of them counts. */
export function countedRequests({ engines }: CounterSnapshot, engineCount: number): number | null {
  const counts = Object.values(engines).map((it) => it.requests);
  const isComplete = counts.length > 0 && counts.length >= engineCount && !counts.includes(null);
  return isComplete ? sumOf(counts, (it) => it!) : null;
}

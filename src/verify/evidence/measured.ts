import type { Sample } from '../../load/sample.ts';
import type { ArmId } from '../result/result-arms.ts';

/** What the experiment knows of a request beside what its sample says. Null: not known, or none. */
export interface ExperimentFacts {
  /** Stable name: arm, round and place in the block. */
  requestId: string;
  /** Engine that was given the prefix; null when the gateway chose it and did not say. */
  holderId: string | null;
  /** Engine asked without the gateway; null through it. */
  directId: string | null;
  /** Engine the controller named once the prefix was primed; null when it named none, or there is none. */
  lookupId: string | null;
  lookupTokens: number;
  /** By the deployment's own count, before it was sent. */
  promptTokens: number;
  /** Leading tokens shared with the primed prompt, before any alignment. */
  sharedTokens: number;
  /** `sharedTokens` rounded down to what the deployment can reuse. */
  reusableTokens: number;
}

/** One measured request of the experiment; its block is the round. */
export interface MeasuredSample extends Sample {
  arm: ArmId;
  experiment: ExperimentFacts;
}

/** All of one arm: failures are requests too. */
export function ofArm(samples: readonly MeasuredSample[], arm: ArmId): MeasuredSample[] {
  return samples.filter((it) => it.arm === arm && it.failure !== 'stopped');
}

export function answeredOf(samples: readonly MeasuredSample[], arm: ArmId): MeasuredSample[] {
  return ofArm(samples, arm).filter((it) => it.failure === undefined);
}

/** An arm's requests by the round they were measured in. */
export function byRound(ofOneArm: readonly MeasuredSample[]): Map<number, MeasuredSample[]> {
  const rounds = new Map<number, MeasuredSample[]>();
  for (const sample of ofOneArm) {
    const round = rounds.get(sample.block);
    if (round) round.push(sample);
    else rounds.set(sample.block, [sample]);
  }
  return rounds;
}

export function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  let sum = 0;
  for (const item of items) sum += value(item);
  return sum;
}

/** Null for an empty list. */
export function meanOf<T>(items: readonly T[], value: (item: T) => number): number | null {
  return items.length === 0 ? null : sumOf(items, value) / items.length;
}

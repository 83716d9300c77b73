import { groupBy } from '../../base/lists.ts';
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
  return groupBy(ofOneArm, (it) => it.block);
}

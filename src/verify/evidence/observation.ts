import type { FailureClass } from '../../load/sample.ts';
import type { ArmId } from '../result/result-arms.ts';
import type { ServedSource } from '../result/result-evidence.ts';

/** One measured request of the experiment, with everything the evidence needs. Null means unknown. */
export interface Observation {
  arm: ArmId;
  /** Index of the round: each round holds one block of every arm, in random order. */
  round: number;
  requestId: string;
  /** On the run's monotonic clock; only differences mean something. */
  startMs: number;
  /** Engine that was given the prefix before the block; for arm A one that was given something else. */
  holderId: string;
  /** Engine the controller named for the prefix once it was primed; null when it named none. */
  lookupId: string | null;
  /** Tokens the controller listed for it. */
  lookupTokens: number;
  servedBy: string | null;
  servedSource: ServedSource;
  /** What each source said on its own, for the agreement table. */
  claims: Partial<Record<ServedSource, string>>;
  promptTokens: number;
  /** Leading tokens shared with the primed prompt, before any alignment. */
  sharedTokens: number;
  /** `sharedTokens` rounded down to what the deployment can reuse. */
  reusableTokens: number;
  /** As the engine reported it. */
  cachedTokens: number | null;
  /** As the gateway predicted it in its response header. */
  predictedTokens: number | null;
  /** The gateway's reason code. */
  reason: string | null;
  outputTokens: number;
  ttftMs: number;
  /** A failed request counts at its full duration. */
  latencyMs: number;
  status: number | null;
  failure: FailureClass | null;
  isError: boolean;
}

export interface ObservedRun {
  observations: readonly Observation[];
  engineIds: readonly string[];
  /** TTFT saved per cached token on an idle engine; null when the controls could not tell. */
  msPerToken: number | null;
  /** Whether the exact repeat of a whole prompt was routed to its holder each time. */
  routesRepeats: boolean;
}

/** The successful observations of one arm. */
export function ofArm(observations: readonly Observation[], arm: ArmId): Observation[] {
  return observations.filter((it) => it.arm === arm && !it.isError);
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

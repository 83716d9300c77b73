import type { Observation } from '../../src/verify/evidence/observation.ts';

/** A request of arm C that went right: 1,024 of 1,040 tokens held by engine-a, served by it. */
export function observation(changes: Partial<Observation> = {}): Observation {
  return {
    arm: 'C',
    round: 0,
    requestId: 'C/0/0',
    holderId: 'engine-a',
    lookupId: 'engine-a',
    lookupTokens: 1_024,
    servedBy: 'engine-a',
    servedSource: 'header',
    claims: { header: 'engine-a' },
    promptTokens: 1_040,
    sharedTokens: 1_030,
    reusableTokens: 1_024,
    cachedTokens: 1_024,
    predictedTokens: 1_024,
    reason: 'hit',
    outputTokens: 8,
    startMs: 0,
    ttftMs: 10,
    latencyMs: 20,
    status: 200,
    failure: null,
    isError: false,
    ...changes,
  };
}

/** `count` alike, over `rounds` rounds. */
export function observations(
  count: number,
  changes: Partial<Observation> = {},
  rounds = 1,
): Observation[] {
  return Array.from({ length: count }, (_, index) =>
    observation({ round: index % rounds, requestId: `${index}`, ...changes }),
  );
}

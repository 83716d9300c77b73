import type { Sample } from '../../src/load/sample.ts';

/** A successful, unstreamed request of 100 ms. */
export function sample(changes: Partial<Sample> = {}): Sample {
  return {
    id: 0,
    phase: 'measure',
    arm: '',
    block: 0,
    group: '',
    intendedMs: 0,
    sentMs: 0,
    firstTokenMs: undefined,
    lastTokenMs: undefined,
    endMs: 100,
    itlsMs: [],
    promptTokens: undefined,
    outputTokens: undefined,
    cachedTokens: undefined,
    servedBy: undefined,
    servedBySource: undefined,
    headerServedBy: undefined,
    reason: undefined,
    predictedTokens: undefined,
    status: 200,
    finishReason: undefined,
    failure: undefined,
    problem: undefined,
    requestBytes: 10,
    answerBytes: 20,
    ...changes,
  };
}

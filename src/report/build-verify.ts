import type { Observation } from '../verify/evidence/observation.ts';
import type { VerifyResult } from '../verify/result/result.ts';
import { REPORT_SCHEMA, type ReportSample, type VerifyReport } from './model.ts';

/** A verification as a report; `observations` are all of its measured requests. */
export function verifyReport(
  { result, exitCode }: { result: VerifyResult; exitCode: number },
  observations: readonly Observation[],
): VerifyReport {
  const { outcome, checks, isPartial, stopReason, startedAt, durationMs, seed, ...figures } =
    result;
  return {
    schema: REPORT_SCHEMA,
    kind: 'verify',
    title: 'kvcache verify',
    version: figures.versions.kvcache,
    outcome,
    exitCode,
    isPartial,
    stopReason,
    startedAt,
    durationMs,
    seed,
    comparable: figures.comparable,
    checks,
    samples: observations.map(sampleOfObservation),
    result: figures,
  };
}

function sampleOfObservation(it: Observation): ReportSample {
  return {
    id: it.requestId,
    arm: it.arm,
    block: it.round,
    startMs: it.startMs,
    ttftMs: it.ttftMs,
    latencyMs: it.latencyMs,
    servedBy: it.servedBy,
    holder: it.holderId,
    promptTokens: it.promptTokens,
    outputTokens: it.outputTokens,
    reusableTokens: it.reusableTokens,
    predictedTokens: it.predictedTokens,
    cachedTokens: it.cachedTokens,
    failure: it.failure,
  };
}

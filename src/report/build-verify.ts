import { reportSample } from './report-sample.ts';
import { attribute } from '../verify/evidence/attribution.ts';
import { UNTESTED } from '../verify/evidence/trust.ts';
import type { MeasuredSample } from '../verify/evidence/measured.ts';
import type { VerifyResult } from '../verify/result/result.ts';
import { REPORT_SCHEMA, type ReportSample, type VerifyReport } from './model.ts';

/** A verification as a report; `samples` are all of its measured requests. */
export function verifyReport(
  { result, exitCode }: { result: VerifyResult; exitCode: number },
  samples: readonly MeasuredSample[],
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
    samples: samples.map((it) => sampleOf(it, result)),
    result: figures,
  };
}

function sampleOf(sample: MeasuredSample, { targets, served }: VerifyResult): ReportSample {
  const { experiment } = sample;
  const { servedBy } = attribute(sample, { engines: targets.engines, trust: served ?? UNTESTED });
  return reportSample(sample, {
    id: experiment.requestId,
    startMs: sample.sentMs,
    servedBy,
    holder: experiment.holderId,
    promptTokens: sample.promptTokens ?? experiment.promptTokens,
    reusableTokens: experiment.reusableTokens,
  });
}

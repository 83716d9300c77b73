import { latencyMs, type Sample, ttftMs } from '../load/sample.ts';
import { NO_SAMPLE, type ReportSample } from './model.ts';

/** A sample as reports hold it, with what only an experiment knows of it. */
export function reportSample(sample: Sample, known: Partial<ReportSample> = {}): ReportSample {
  return {
    ...NO_SAMPLE,
    id: String(sample.id),
    arm: sample.arm,
    block: sample.block,
    startMs: sample.intendedMs,
    ttftMs: ttftMs(sample) ?? null,
    latencyMs: latencyMs(sample),
    servedBy: sample.servedBy ?? null,
    promptTokens: sample.promptTokens ?? null,
    outputTokens: sample.outputTokens ?? null,
    predictedTokens: sample.predictedTokens ?? null,
    cachedTokens: sample.cachedTokens ?? null,
    failure: sample.failure ?? null,
    ...known,
  };
}

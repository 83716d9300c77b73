import type { Check, Outcome } from '../base/outcome.ts';
import type { PhaseResult } from '../load/aggregate.ts';
import type { AuditFinding } from '../load/audit.ts';
import { latencyMs, type Sample, ttftMs } from '../load/sample.ts';
import { LatencyHistogram } from '../stats/histogram.ts';
import type { Summary } from '../stats/summary.ts';
import {
  type LoadFigures,
  type LoadReport,
  type MetricFigures,
  REPORT_SCHEMA,
  type ReportHead,
  type ReportSample,
} from './model.ts';

/** What is known of a load run before its first request. */
export interface LoadHead {
  version: string;
  runId: string;
  seed: number;
  /** Without credentials. */
  target: string;
  model: string | null;
  timeoutMs: number;
  startedAt: string;
  comparable: ReportHead['comparable'];
}

/** What it came to. */
export interface LoadEnd {
  outcome: Outcome;
  exitCode: number;
  isPartial: boolean;
  stopReason: string | null;
  checks: Check[];
  prompts: string | null;
  audit: AuditFinding[];
}

/** A load run as a report. `samples` are those of the measured phase that `result` sums up. */
export function loadReport(
  head: LoadHead,
  end: LoadEnd,
  { result, samples }: { result: PhaseResult; samples: Iterable<Sample> },
): LoadReport {
  let rows: ReportSample[] | undefined;
  return {
    schema: REPORT_SCHEMA,
    kind: 'load',
    title: 'kvcache load',
    version: head.version,
    outcome: end.outcome,
    exitCode: end.exitCode,
    isPartial: end.isPartial,
    stopReason: end.stopReason,
    startedAt: head.startedAt,
    durationMs: result.durationMs,
    seed: head.seed,
    comparable: head.comparable,
    checks: end.checks,
    // Rows of their own cost ten times what columns do, and most forms of a report have none.
    get samples() {
      return (rows ??= Array.from(samples, reportSample));
    },
    result: { ...loadFigures(head, result), ...endFigures(end, samples) },
  };
}

function loadFigures(
  { runId, target, model, timeoutMs }: LoadHead,
  result: PhaseResult,
): Omit<LoadFigures, 'prompts' | 'audit' | 'histograms'> {
  return {
    runId,
    target,
    model,
    timeoutMs,
    requests: result.requests,
    succeeded: result.succeeded,
    failures: result.failures,
    stopped: result.stopped,
    errorRate: result.errorRate ?? null,
    errorRateInterval: result.errorRateInterval ?? null,
    measuredMs: result.durationMs,
    goodputPerSecond: result.goodputPerSecond ?? null,
    goodputInterval: result.goodputInterval ?? null,
    outputTokensPerSecond: result.outputTokensPerSecond ?? null,
    outputTokensInterval: result.outputTokensInterval ?? null,
    latency: metricFigures(result.latency),
    ttft: metricFigures(result.ttft),
    itl: metricFigures(result.itl),
    tpot: metricFigures(result.tpot),
    lateness: metricFigures(result.lateness),
    promptTokens: result.tokens.prompt ?? null,
    outputTokens: result.tokens.output ?? null,
    cachedKnown: result.tokens.cachedKnown,
    prefixHitRate: result.tokens.prefixHitRate ?? null,
    prefixHitRateInterval: result.tokens.prefixHitRateInterval ?? null,
    servedBy: result.servedBy,
  };
}

function endFigures(
  { prompts, audit }: LoadEnd,
  samples: Iterable<Sample>,
): Pick<LoadFigures, 'prompts' | 'audit' | 'histograms'> {
  const [latency, ttft] = [new LatencyHistogram(), new LatencyHistogram()];
  for (const sample of samples) {
    if (sample.failure !== undefined) continue;
    latency.record(latencyMs(sample));
    const firstMs = ttftMs(sample);
    if (firstMs !== undefined) ttft.record(firstMs);
  }
  return {
    prompts,
    audit: audit.map(({ id, level, text }) => ({ id, level, text })),
    histograms: {
      latency: encoded(latency),
      ttft: encoded(ttft),
    },
  };
}

function encoded(histogram: LatencyHistogram): string | null {
  return histogram.count === 0 ? null : histogram.encode();
}

export function metricFigures(summary: Summary): MetricFigures {
  return {
    n: summary.n,
    effectiveN: summary.effectiveN,
    mean: summary.mean ?? null,
    meanInterval: summary.meanInterval ?? null,
    standardDeviation: summary.standardDeviation ?? null,
    min: summary.min ?? null,
    max: summary.max ?? null,
    percentiles: summary.percentiles.map(({ percent, value, resolution, interval }) => ({
      percent,
      value: value ?? null,
      resolution,
      interval: interval ?? null,
    })),
  };
}

function reportSample(sample: Sample): ReportSample {
  return {
    id: String(sample.id),
    arm: sample.arm,
    block: sample.block,
    startMs: sample.intendedMs,
    ttftMs: ttftMs(sample) ?? null,
    latencyMs: latencyMs(sample),
    servedBy: sample.servedBy ?? null,
    holder: null,
    promptTokens: sample.promptTokens ?? null,
    outputTokens: sample.outputTokens ?? null,
    reusableTokens: null,
    predictedTokens: null,
    cachedTokens: sample.cachedTokens ?? null,
    failure: sample.failure ?? null,
  };
}

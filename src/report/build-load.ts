import { reportSample } from './report-sample.ts';
import type { Check, Outcome } from '../base/outcome.ts';
import type { PhaseResult } from '../load/aggregate.ts';
import type { AuditFinding } from '../load/audit.ts';
import { latencyMs, type Sample, ttftMs } from '../load/sample.ts';
import { LatencyHistogram } from '../stats/histogram.ts';
import {
  type LoadFigures,
  type LoadReport,
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
      return (rows ??= Array.from(samples, (it) => reportSample(it)));
    },
    result: { ...loadFigures(head, result), ...endFigures(end, samples) },
  };
}

function loadFigures(
  { runId, target, model, timeoutMs }: LoadHead,
  { tokens, durationMs, ...figures }: PhaseResult,
): Omit<LoadFigures, 'prompts' | 'audit' | 'histograms'> {
  const { prompt, output, ...cached } = tokens;
  return {
    runId,
    target,
    model,
    timeoutMs,
    ...figures,
    measuredMs: durationMs,
    promptTokens: prompt,
    outputTokens: output,
    ...cached,
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

import { reportSample } from './report-sample.ts';
import type { Check, Outcome } from '../base/outcome.ts';
import type { PhaseResult } from '../load/aggregate.ts';
import type { AuditFinding } from '../load/audit.ts';
import type { Sample } from '../load/sample.ts';
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
  const rows = Array.from(samples, (it) => reportSample(it));
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
    samples: rows,
    result: { ...loadFigures(head, result), ...endFigures(end, rows) },
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
  rows: readonly ReportSample[],
): Pick<LoadFigures, 'prompts' | 'audit' | 'histograms'> {
  const good = rows.filter((it) => it.failure === null);
  return {
    prompts,
    audit: audit.map(({ id, level, text }) => ({ id, level, text })),
    histograms: {
      latency: histogramOf(good.map((it) => it.latencyMs)),
      ttft: histogramOf(good.flatMap((it) => it.ttftMs ?? [])),
    },
  };
}

function histogramOf(values: readonly number[]): string | null {
  if (values.length === 0) return null;
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram.encode();
}

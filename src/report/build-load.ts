import { reportSample } from './report-sample.ts';
import type { Check, Outcome } from '../base/outcome.ts';
import type { PromptCertificate } from '../load/certificate.ts';
import type { PhaseResult } from '../load/aggregate.ts';
import type { AuditFinding } from '../load/audit.ts';
import { latencyMs, type Sample, ttftMs } from '../load/sample.ts';
import type { PhaseOutcome } from '../load/run-load.ts';
import type { Shard } from '../base/shard.ts';
import type { ShardFacts } from '../load/shard/shard-facts.ts';
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
  /** Of a part of a plan. */
  shard?: Shard;
  /** Of a part of a plan: bounds by which the whole is judged. */
  thresholds?: readonly string[];
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
  /** Of a shard that began: its counts, how late it was, and the requests of the whole plan as far as it knows. */
  phase?: PhaseOutcome;
  beganMs?: number;
  planned?: number | null;
  certificate?: PromptCertificate;
}

interface LoadMeasured {
  result: PhaseResult;
  samples: Iterable<Sample>;
  shards?: ShardFacts[] | undefined;
  /** Where `samples` are not all of them. */
  histograms?: SuccessHistograms | undefined;
}

/** A load run as a report. `samples` are those of the measured phase that `result` sums up. */
export function loadReport(head: LoadHead, end: LoadEnd, measured: LoadMeasured): LoadReport {
  const { result, samples, shards } = measured;
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
    result: {
      ...loadFigures(head, result),
      ...endFigures(end, measured),
      ...(shards && { shards }),
    },
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
  { samples, histograms = histogramsOf(samples) }: LoadMeasured,
): Pick<LoadFigures, 'prompts' | 'audit' | 'histograms'> {
  return {
    prompts,
    audit: audit.map(({ id, level, text }) => ({ id, level, text })),
    histograms: histograms.encoded,
  };
}

function histogramsOf(samples: Iterable<Sample>): SuccessHistograms {
  const histograms = new SuccessHistograms();
  for (const sample of samples) histograms.add(sample);
  return histograms;
}

/** Latency and time to first token of the requests that succeeded. */
export class SuccessHistograms {
  readonly #latency = new LatencyHistogram();
  readonly #ttft = new LatencyHistogram();

  add(sample: Sample): void {
    if (sample.failure !== undefined) return;
    this.#latency.record(latencyMs(sample));
    const firstMs = ttftMs(sample);
    if (firstMs !== undefined) this.#ttft.record(firstMs);
  }

  get encoded(): LoadFigures['histograms'] {
    return { latency: encoded(this.#latency), ttft: encoded(this.#ttft) };
  }
}

function encoded(histogram: LatencyHistogram): string | null {
  return histogram.count === 0 ? null : histogram.encode();
}

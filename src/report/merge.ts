import { addTo, sumOf } from '../base/lists.ts';
import { worstOutcome } from '../base/outcome.ts';
import { aggregate } from '../load/aggregate.ts';
import { type Sample, UNLABELLED, UNTOLD } from '../load/sample.ts';
import { LatencyHistogram } from '../stats/histogram.ts';
import { percentile, sortedCopy } from '../stats/percentile.ts';
import { summarize } from '../stats/summary.ts';
import { refuseIncomparable } from './compare.ts';
import type { LoadFigures, LoadReport, Report, ReportSample } from './model.ts';
import { metricOf, type SampleMetric, withLost } from './series.ts';
import { reportError } from './errors.ts';

/** Bucket width of the histograms, with a little room for rounding to whole microseconds. */
const HISTOGRAM_ERROR = 0.002;
const MICROSECOND_MS = 0.002;

/**
 * Shards of one load, measured at the same time from several machines, as one report. Rates add up.
 * Gaps between tokens and lateness are not in a report's samples, so the whole has none,
 * and summed rates have no interval: shards' clocks do not agree.
 * @param names of the shards, for people
 * @throws KvcacheError MERGE_UNSUPPORTED, MERGE_TWICE, RUNS_INCOMPARABLE (usage), MERGE_MISMATCH (invalid)
 */
export function mergeReports(reports: readonly Report[], names: readonly string[]): LoadReport {
  const shards = reports.map((report) => {
    if (report.kind !== 'load') throw unsupported(report.title);
    if (report.result.shards) throw reportError('MERGE_UNSUPPORTED', PART_OF_PLAN);
    return report;
  });
  const [first, ...rest] = shards;
  if (!first || rest.length === 0) throw unsupported('a single report');
  for (const shard of rest) refuseIncomparable(first, shard);
  refuseTwice(shards, names);
  const samples = shards.flatMap((shard, index) =>
    withLost(shard).map((sample) => ({ ...sample, id: `${index}/${sample.id}` })),
  );
  const outcome = worstOutcome(shards.map((it) => it.outcome));
  const worst = shards.find((it) => it.outcome === outcome)!;
  return {
    ...first,
    outcome,
    exitCode: worst.exitCode,
    isPartial: shards.some((it) => it.isPartial),
    stopReason: shards.find((it) => it.stopReason !== null)?.stopReason ?? null,
    startedAt: shards.flatMap((it) => it.startedAt ?? []).toSorted(earlier)[0] ?? null,
    durationMs: Math.max(...shards.map((it) => it.durationMs ?? 0)),
    checks: shards.flatMap((shard, index) =>
      shard.checks.map((it) => ({ ...it, claim: `${names[index]}: ${it.claim}` })),
    ),
    samples,
    result: mergedFigures(shards, samples),
  };
}

/** Without their logs nobody can tell whether the plan was sent as a whole. */
const PART_OF_PLAN = {
  message: 'A report is of one part of a plan, or of one that was put together already.',
  remedy: 'Name the sample logs of all shards.',
};

/** The same run under two names would count every request twice. No two runs share their microseconds. */
function refuseTwice(shards: readonly LoadReport[], names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const [index, { startedAt, samples }] of shards.entries()) {
    const name = names[index]!;
    const ends = [samples[0], samples.at(-1)].map((it) => [it?.startMs, it?.latencyMs]);
    const print = JSON.stringify([startedAt, samples.length, ends]);
    const before = seen.get(print);
    if (before !== undefined && samples.length > 0) throw twice(before, name);
    seen.set(print, name);
  }
}

function twice(first: string, second: string) {
  const message = `Two shards are the same run: ${first} and ${second}.`;
  return reportError('MERGE_TWICE', { message });
}

function earlier(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** What samples tell is summed up as of one run; what they do not is added up or left out. */
function mergedFigures(shards: readonly LoadReport[], samples: ReportSample[]): LoadFigures {
  const results = shards.map((it) => it.result);
  const first = results[0]!;
  const succeeded = samples.filter((it) => it.failure === null);
  const none = summarize([]);
  const { tokens, durationMs: _, ...figures } = aggregate(samples.map(asSent), first.timeoutMs);
  const { prompt, output, ...cached } = tokens;
  return {
    ...first,
    ...figures,
    failures: sumByName(results.map((it) => it.failures)),
    measuredMs: Math.max(...results.map((it) => it.measuredMs)),
    goodputPerSecond: sumKnown(results.map((it) => it.goodputPerSecond)),
    goodputInterval: null,
    outputTokensPerSecond: sumKnown(results.map((it) => it.outputTokensPerSecond)),
    outputTokensInterval: null,
    itl: none,
    tpot: none,
    lateness: none,
    promptTokens: prompt,
    outputTokens: output,
    ...cached,
    servedBy: sumByName(results.map((it) => it.servedBy)),
    audit: eachOnce(results.flatMap((it) => it.audit)),
    histograms: {
      latency: mergedHistogram(shards, succeeded, 'latency'),
      ttft: mergedHistogram(shards, succeeded, 'ttft'),
    },
  };
}

/** Shards of one machine say the same of it. */
function eachOnce(audit: LoadFigures['audit']): LoadFigures['audit'] {
  return [...new Map(audit.map((it) => [`${it.id} ${it.text}`, it])).values()];
}

/** The request again, as far as its report tells; numbered anew, since every shard counts from 0. */
function asSent(sample: ReportSample, id: number): Sample {
  const startMs = sample.startMs ?? 0;
  const { ttftMs, promptTokens, outputTokens, cachedTokens, failure } = sample;
  return {
    ...UNTOLD,
    ...UNLABELLED,
    id,
    group: '',
    intendedMs: startMs,
    sentMs: startMs,
    firstTokenMs: ttftMs === null ? undefined : startMs + ttftMs,
    endMs: startMs + sample.latencyMs,
    itlsMs: [],
    promptTokens: promptTokens ?? undefined,
    outputTokens: outputTokens ?? undefined,
    cachedTokens: cachedTokens ?? undefined,
    failure: (failure ?? undefined) as Sample['failure'],
    requestBytes: 0,
    answerBytes: 0,
  };
}

/** The shards' histograms added up, which must tell the same as the samples put together. */
function mergedHistogram(
  shards: readonly LoadReport[],
  succeeded: readonly ReportSample[],
  metric: SampleMetric,
): string | null {
  const values = succeeded.flatMap((it) => metricOf(it, metric) ?? []);
  const encoded = shards.flatMap((it) => it.result.histograms[metric] ?? []);
  const merged = new LatencyHistogram();
  for (const text of encoded) merged.merge(decode(text));
  if (merged.count !== values.length) {
    throw mismatch(
      `${merged.count} values in the histograms, ${values.length} samples (${metric})`,
    );
  }
  if (values.length === 0) return null;
  const sorted = sortedCopy(values);
  for (const percent of [50, 95, 99]) {
    const [exact, found] = [percentile(sorted, percent), merged.percentile(percent)!];
    if (Math.abs(found - exact) > exact * HISTOGRAM_ERROR + MICROSECOND_MS) {
      throw mismatch(`${metric} p${percent} is ${found} ms by histogram, ${exact} ms by samples`);
    }
  }
  return merged.encode();
}

function decode(text: string): LatencyHistogram {
  try {
    return LatencyHistogram.decode(text);
  } catch {
    throw mismatch('a histogram cannot be decoded');
  }
}

function sumByName(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, value] of counts.flatMap((it) => Object.entries(it))) {
    addTo(sum, name, value);
  }
  return sum;
}

/** Null when nobody knows a value: unknown is not zero. */
function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((it) => it !== null);
  return known.length === 0 ? null : sumOf(known);
}

function unsupported(what: string) {
  const message = `Only two or more reports of kvcache load can be merged, not ${what}.`;
  return reportError('MERGE_UNSUPPORTED', { message });
}

function mismatch(problem: string) {
  const message = `The shards contradict themselves: ${problem}.`;
  return reportError('MERGE_MISMATCH', { message });
}

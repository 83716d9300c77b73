import { groupBy } from '../base/lists.ts';
import { gapsIn } from '../load/missing-ids.ts';
import { NO_SAMPLE, type Report, type ReportSample } from './model.ts';

export type SampleMetric = 'ttft' | 'latency';

/** Time of a successful request; null for failures and where the metric is unknown. */
export function metricOf(sample: ReportSample, metric: SampleMetric): number | null {
  if (sample.failure !== null) return null;
  return metric === 'ttft' ? sample.ttftMs : sample.latencyMs;
}

/**
 * What figures may see of a sample: a failure enters at the time limit or its own length, whichever is
 * longer. Null for a request that was stopped, and where the metric is unknown.
 */
export function countedMetric(
  sample: ReportSample,
  metric: SampleMetric,
  timeoutMs: number,
): number | null {
  if (sample.failure === 'stopped') return null;
  if (sample.failure !== null) return Math.max(timeoutMs, sample.latencyMs);
  return metricOf(sample, metric);
}

/** What a verification gives a request when its report does not say. */
const TIMEOUT_MS = 30_000;

/** Time limit of the report's requests. */
export function timeoutOf(report: Report): number {
  if (report.kind === 'load') return report.result.timeoutMs;
  const { requestTimeoutMs } = report.result as { requestTimeoutMs?: unknown };
  return typeof requestTimeoutMs === 'number' ? requestTimeoutMs : TIMEOUT_MS;
}

/**
 * The report's samples, and a failure `lost` for every request that was sent and left none: a gap in the
 * ids of a load run; in a whole verification, what a block has less than the fullest block of its arm.
 */
export function withLost(report: Report): ReportSample[] {
  if (report.kind === 'load') {
    // A part of a plan has its places in the whole for ids; what it lost its own checks say.
    return report.result.shards ? report.samples : withGaps(report.samples, timeoutOf(report));
  }
  return report.isPartial ? report.samples : withShortBlocks(report.samples, timeoutOf(report));
}

function withGaps(samples: readonly ReportSample[], timeoutMs: number): ReportSample[] {
  const ids = samples.map(({ id }) => (/^\d{1,9}$/.test(id) ? Number(id) : 0));
  const gaps = gapsIn(ids).map(({ id, before }) => lost(`${id}`, samples[before]!, timeoutMs));
  return [...samples, ...gaps];
}

function withShortBlocks(samples: readonly ReportSample[], timeoutMs: number): ReportSample[] {
  const blocks = groupBy(samples, (it) => `${it.arm}/${it.block}`);
  const fullest = new Map<string, number>();
  for (const [{ arm }, length] of [...blocks.values()].map((it) => [it[0]!, it.length] as const)) {
    fullest.set(arm, Math.max(length, fullest.get(arm) ?? 0));
  }
  const added = [...blocks].flatMap(([name, block]) =>
    Array.from({ length: fullest.get(block[0]!.arm)! - block.length }, (_, index) =>
      lost(`${name}/lost-${index}`, block[0]!, timeoutMs),
    ),
  );
  return [...samples, ...added];
}

function lost(id: string, { arm, block, startMs }: ReportSample, timeoutMs: number): ReportSample {
  return { ...NO_SAMPLE, id, arm, block, startMs, latencyMs: timeoutMs, failure: 'lost' };
}

/** Values of the successful requests by arm, arms in the order they are met. Milliseconds. */
export function valuesByArm(
  { samples }: Pick<Report, 'samples'>,
  metric: SampleMetric,
): Map<string, number[]> {
  return groupBy(
    samples,
    (it) => it.arm,
    (it) => metricOf(it, metric),
  );
}

/** The blocks of one arm: block number → values of its successful requests. Milliseconds. */
export function blocksOfArm(
  { samples }: Pick<Report, 'samples'>,
  arm: string,
  metric: SampleMetric,
): Map<number, number[]> {
  return groupBy(
    samples,
    (it) => it.block,
    (it) => (it.arm === arm ? metricOf(it, metric) : null),
  );
}

export interface EndpointSeries {
  /** Width of a slice. */
  sliceMs: number;
  slices: number;
  /** Endpoint (`unknown` for requests nobody could attribute) → requests per slice. */
  counts: Map<string, number[]>;
}

/** Requests per endpoint over time; undefined when the samples carry no times. */
export function requestsOverTime(
  { samples }: Pick<Report, 'samples'>,
  slices = 60,
): EndpointSeries | undefined {
  const timed = samples.filter((it) => it.startMs !== null);
  if (timed.length === 0) return undefined;
  let [first, last] = [Infinity, -Infinity];
  for (const { startMs } of timed) {
    first = Math.min(first, startMs!);
    last = Math.max(last, startMs!);
  }
  const sliceMs = Math.max(1, (last - first) / slices);
  const counts = new Map<string, number[]>();
  for (const { startMs, servedBy } of timed) {
    const name = servedBy ?? 'unknown';
    const row = counts.get(name) ?? Array.from({ length: slices }, () => 0);
    row[Math.min(slices - 1, Math.floor((startMs! - first) / sliceMs))]!++;
    counts.set(name, row);
  }
  return { sliceMs, slices, counts };
}

/** Requests whose cached tokens were both predicted by the gateway and reported by the engine. */
export function predictedAndActual({
  samples,
}: Pick<Report, 'samples'>): { arm: string; predicted: number; actual: number }[] {
  return samples.flatMap(({ arm, predictedTokens, cachedTokens, failure }) =>
    failure === null && predictedTokens !== null && cachedTokens !== null
      ? [{ arm, predicted: predictedTokens, actual: cachedTokens }]
      : [],
  );
}

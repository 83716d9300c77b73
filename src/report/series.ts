import type { Report, ReportSample } from './model.ts';

export type SampleMetric = 'ttft' | 'latency';

/** What statistics may see of a sample; null for failures and where the metric is unknown. */
export function metricOf(sample: ReportSample, metric: SampleMetric): number | null {
  if (sample.failure !== null) return null;
  return metric === 'ttft' ? sample.ttftMs : sample.latencyMs;
}

/** Values of the successful requests by arm, arms in the order they are met. Milliseconds. */
export function valuesByArm(
  { samples }: Pick<Report, 'samples'>,
  metric: SampleMetric,
): Map<string, number[]> {
  const byArm = new Map<string, number[]>();
  for (const sample of samples) {
    const value = metricOf(sample, metric);
    if (value !== null) append(byArm, sample.arm, value);
  }
  return byArm;
}

/** The blocks of one arm: block number → values of its successful requests. Milliseconds. */
export function blocksOfArm(
  { samples }: Pick<Report, 'samples'>,
  arm: string,
  metric: SampleMetric,
): Map<number, number[]> {
  const blocks = new Map<number, number[]>();
  for (const sample of samples) {
    const value = metricOf(sample, metric);
    if (sample.arm === arm && value !== null) append(blocks, sample.block, value);
  }
  return blocks;
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

function append<Key>(lists: Map<Key, number[]>, key: Key, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

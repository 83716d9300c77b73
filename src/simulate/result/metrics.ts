import { LOSSES, type SimulatedSample } from '../run/simulated-sample.ts';
import type { MetricCatalogue, MetricKind } from '../../stats/threshold.ts';

export const TIMES = ['ttft', 'latency', 'queue', 'tpot'] as const;
export type Time = (typeof TIMES)[number];
export const PERCENTS = [50, 90, 95, 99] as const;

/** What a run is summed up in, and what an objective may name; times in ms, shares 0 to 1. */
export const SIMULATED_METRICS: MetricCatalogue = {
  ...kinds('duration', TIMES.flatMap(statisticsOf)),
  ...kinds('share', ['hit_rate', 'ceiling', 'error_rate', 'goodput', 'busiest']),
  ...kinds(
    'share',
    LOSSES.map((loss) => `lost.${loss}`),
  ),
  ...kinds('number', ['requests', 'rate', 'goodput_rate', 'imbalance']),
};

function statisticsOf(time: Time): string[] {
  return [...PERCENTS.map((percent) => `p${percent}`), 'mean', 'max'].map((it) => `${time}.${it}`);
}

function kinds(kind: MetricKind, names: readonly string[]): MetricCatalogue {
  return Object.fromEntries(names.map((name) => [name, kind]));
}

/** Null where it never came to that; `tpot` is the time per output token after the first. */
export function timeOf(sample: SimulatedSample, time: Time): number | null {
  const { outputTokens, decodeMs } = sample;
  if (time === 'tpot') {
    return decodeMs === null || outputTokens < 2 ? null : decodeMs / (outputTokens - 1);
  }
  return sample[`${time}Ms`];
}

import { judgeThreshold, parseThreshold, type Threshold } from '../../stats/threshold.ts';
import type { SimulatedSample } from '../run/simulated-sample.ts';
import { SIMULATED_METRICS, type Time, timeOf, TIMES } from './metrics.ts';

/** One `--slo`. */
export type Objective = Threshold;

/** @throws KvcacheError THRESHOLD_INVALID (kind usage) */
export function parseObjective(text: string): Objective {
  return parseThreshold(text, SIMULATED_METRICS);
}

/** Whether an answer keeps every bound that is set on a time: that is what goodput counts. */
export function isGood(sample: SimulatedSample, objectives: readonly Objective[]): boolean {
  return objectives.every((objective) => {
    const time = objective.metric.split('.')[0] as Time;
    if (!TIMES.includes(time)) return true;
    const value = timeOf(sample, time);
    return value === null || judgeThreshold(objective, value) === 'pass';
  });
}

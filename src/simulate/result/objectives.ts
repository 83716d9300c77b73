import { keepsBounds } from '../../capacity/objective.ts';
import { parseThreshold, type Threshold } from '../../stats/threshold.ts';
import type { SimulatedSample } from '../run/simulated-sample.ts';
import { SIMULATED_METRICS, type Time, timeOf, TIMES } from './metrics.ts';

/** One `--slo`. */
export type Objective = Threshold;

/** @throws KvcacheError THRESHOLD_INVALID (kind usage) */
export function parseObjective(text: string): Objective {
  return parseThreshold(text, SIMULATED_METRICS);
}

/** Whether an answer keeps every bound that is set on a time. */
export function isGood(sample: SimulatedSample, objectives: readonly Objective[]): boolean {
  const isTime = (name: string): name is Time => TIMES.some((it) => it === name);
  return keepsBounds(objectives, (name) => (isTime(name) ? timeOf(sample, name) : undefined));
}

import {
  judgeThreshold,
  type MetricCatalogue,
  parseThreshold,
  type Threshold,
} from '../stats/threshold.ts';
import { capacityError } from './errors.ts';

/** Times of one request that objectives bound; `tpot` is the time per output token after the first. */
const TIMES = ['ttft', 'latency', 'tpot'] as const;
type Time = (typeof TIMES)[number];

/** One request of a step. Times in ms; null where it has none. */
export interface LoadedRequest {
  /** When it was due. */
  atMs: number;
  /** Against every bound, however soon it failed. */
  isFailed: boolean;
  /** Of a failure at least the time limit. */
  ttftMs: number | null;
  latencyMs: number | null;
  tpotMs: number | null;
}

/** What must hold under load: a bound from above. */
export type Objective = Threshold;

const PERCENTS = [50, 90, 95, 99] as const;

/** What an objective of a load may name. */
export const CAPACITY_METRICS: MetricCatalogue = {
  ...Object.fromEntries(
    TIMES.flatMap((time) =>
      [...PERCENTS.map((percent) => `p${percent}`), 'mean'].map(
        (statistic) => [`${time}.${statistic}`, 'duration'] as const,
      ),
    ),
  ),
  error_rate: 'share',
};

/** @throws KvcacheError THRESHOLD_INVALID, OBJECTIVE_INVALID (kind usage) */
export function parseObjective(text: string): Objective {
  const objective = parseThreshold(text, CAPACITY_METRICS);
  refuseUnboundable(objective);
  return objective;
}

/**
 * More load must make an objective harder, and finitely many requests must be able to show that it holds.
 * @throws KvcacheError OBJECTIVE_INVALID (kind usage)
 */
export function refuseUnboundable({ text, operator, bound }: Objective): void {
  if (!operator.startsWith('<')) throw invalid(`"${text}" is no bound from above`);
  if (!(bound > 0)) throw invalid(`"${text}" leaves no room: no number of requests can show it`);
}

function invalid(problem: string) {
  return capacityError('OBJECTIVE_INVALID', {
    message: `An objective cannot be used: ${problem}.`,
  });
}

/** The time an objective is about; undefined of a share. */
export function timeOf({ metric }: Objective): Time | undefined {
  return TIMES.find((time) => metric.startsWith(`${time}.`));
}

/** The percentile an objective bounds; undefined of a mean or a share. */
export function percentOf({ metric }: Objective): number | undefined {
  const digits = /\.p(\d+)$/.exec(metric)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Null where the request has no such time: then it says nothing of the objective. */
export function boundedMs(request: LoadedRequest, time: Time): number | null {
  return request[`${time}Ms`];
}

/**
 * Whether one answer keeps every bound that is set on a time: that is what goodput counts.
 * @param valueOf ms by the time's name; null where the answer has none, undefined where that is no time
 */
export function keepsBounds(
  objectives: readonly Objective[],
  valueOf: (name: string) => number | null | undefined,
): boolean {
  return objectives.every((objective) => {
    const value = valueOf(objective.metric.split('.')[0]!) ?? null;
    return value === null || judgeThreshold(objective, value) === 'pass';
  });
}

export function isGood(request: LoadedRequest, objectives: readonly Objective[]): boolean {
  const isTime = (name: string): name is Time => TIMES.some((it) => it === name);
  const valueOf = (name: string) => (isTime(name) ? boundedMs(request, name) : undefined);
  return !request.isFailed && keepsBounds(objectives, valueOf);
}

/** Whether a request lies beyond an objective's bound; a failed one does. */
export function exceeds(request: LoadedRequest, objective: Objective): boolean {
  const time = timeOf(objective);
  if (request.isFailed || time === undefined) return request.isFailed;
  const value = boundedMs(request, time);
  return value !== null && judgeThreshold(objective, value) === 'fail';
}

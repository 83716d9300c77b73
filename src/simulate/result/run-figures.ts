import { sumOf } from '../../base/lists.ts';
import { nearestRank, type SortedValues, sortedCopy } from '../../stats/percentile.ts';
import { type Loss, LOSSES, lossesOf, type SimulatedSample } from '../run/simulated-sample.ts';
import { PERCENTS, type Time, timeOf, TIMES } from './metrics.ts';
import { isGood, type Objective } from './objectives.ts';

/** By names of `SIMULATED_METRICS`; null where there is nothing to sum up. */
export type RunFigures = Readonly<Record<string, number | null>>;

export interface RunSummary {
  figures: RunFigures;
  /** What failed, by reason. */
  failures: Record<string, number>;
  /** Number of the engine that computed most; null when none did. */
  busiest: number | null;
}

/** Sums up the requests of one run over so many engines. */
export function summarizeRun(
  samples: readonly SimulatedSample[],
  engines: number,
  objectives: readonly Objective[],
): RunSummary {
  const answered = samples.filter(({ failure }) => failure === null);
  const failures: Record<string, number> = {};
  for (const { failure } of samples) {
    if (failure !== null) failures[failure] = (failures[failure] ?? 0) + 1;
  }
  const seconds = spanMs(samples) / 1_000;
  const good = answered.filter((sample) => isGood(sample, objectives)).length;
  const work = workByEngine(answered, engines);
  const per = (count: number, of: number): number | null => (of === 0 ? null : count / of);
  return {
    figures: {
      ...Object.assign({}, ...TIMES.map((time) => timeFigures(time, answered))),
      ...tokenFigures(answered),
      requests: samples.length,
      error_rate: per(samples.length - answered.length, samples.length),
      rate: per(answered.length, seconds),
      goodput: per(good, samples.length),
      goodput_rate: per(good, seconds),
      imbalance: per(work.most * engines, work.total),
      busiest: per(work.most, work.total),
    },
    failures,
    busiest: work.total === 0 ? null : work.busiest,
  };
}

function timeFigures(time: Time, samples: readonly SimulatedSample[]): RunFigures {
  const values = sortedCopy(samples.flatMap((it) => timeOf(it, time) ?? []));
  const n = values.length;
  const at = (rank: number): number | null => values[rank - 1] ?? null;
  return {
    ...Object.fromEntries(PERCENTS.map((it) => [`${time}.p${it}`, at(nearestRank(n, it))])),
    [`${time}.mean`]: n === 0 ? null : total(values) / n,
    [`${time}.max`]: at(n),
  };
}

function total(values: SortedValues): number {
  return values.reduce((sum, it) => sum + it, 0);
}

/** Shares of all prompt tokens. */
function tokenFigures(samples: readonly SimulatedSample[]): RunFigures {
  const prompt = sumOf(samples, (it) => it.promptTokens);
  const share = (tokens: number): number | null => (prompt === 0 ? null : tokens / prompt);
  const lost = Object.fromEntries(LOSSES.map((loss) => [loss, 0])) as Record<Loss, number>;
  for (const sample of samples) {
    const losses = lossesOf(sample);
    for (const loss of LOSSES) lost[loss] += losses[loss];
  }
  return {
    hit_rate: share(sumOf(samples, (it) => it.cachedTokens)),
    ceiling: share(sumOf(samples, (it) => it.seenTokens)),
    ...Object.fromEntries(LOSSES.map((loss) => [`lost.${loss}`, share(lost[loss])])),
  };
}

/** Work is what an engine has to compute: prompt tokens that were not cached, and the answer's. */
function workByEngine(samples: readonly SimulatedSample[], engines: number) {
  const work = new Float64Array(engines);
  for (const { engine, promptTokens, cachedTokens, outputTokens } of samples) {
    work[engine!]! += promptTokens - cachedTokens + outputTokens;
  }
  const most = work.reduce((max, it) => Math.max(max, it), 0);
  return { most, total: work.reduce((sum, it) => sum + it, 0), busiest: work.indexOf(most) };
}

/** First arrival to last end. */
function spanMs(samples: readonly SimulatedSample[]): number {
  let [first, last] = [Infinity, -Infinity];
  for (const { atMs, latencyMs } of samples) {
    first = Math.min(first, atMs);
    last = Math.max(last, atMs + (latencyMs ?? 0));
  }
  return Math.max(0, last - first);
}

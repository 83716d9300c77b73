import { percentileIn, summarize } from '../stats/summary.ts';
import { isGood, type LoadedRequest, type Objective } from './objective.ts';
import type { CapacityStep, StepTime } from './result.ts';
import { settledFrom } from './step-judge.ts';

/** What a step's requests came to, its settling left out. They are in the order of their intended starts. */
export function stepFigures(
  requests: readonly LoadedRequest[],
  objectives: readonly Objective[],
): Omit<CapacityStep, 'rate' | 'verdict' | 'hitRate'> {
  const settled = requests.slice(settledFrom(requests.length));
  const good = settled.filter((it) => isGood(it, objectives)).length;
  const share = (count: number): number => (settled.length === 0 ? 0 : count / settled.length);
  const seconds = (settled.at(-1)?.atMs ?? 0) / 1_000 - (settled[0]?.atMs ?? 0) / 1_000;
  return {
    requests: settled.length,
    ttft: timeFigures(settled.flatMap((it) => it.ttftMs ?? [])),
    latency: timeFigures(settled.flatMap((it) => it.latencyMs ?? [])),
    errorRate: share(settled.filter((it) => it.isFailed).length),
    goodput: share(good),
    goodputPerSecond: seconds > 0 ? (share(good) * (settled.length - 1)) / seconds : 0,
  };
}

function timeFigures(values: readonly number[]): StepTime {
  const figures = summarize(values);
  const at = (percent: number) => percentileIn(figures, percent);
  return {
    p50: at(50)?.value ?? null,
    p95: at(95)?.value ?? null,
    p95Interval: at(95)?.interval ?? null,
    p99: at(99)?.value ?? null,
  };
}

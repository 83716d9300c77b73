import { countedMs } from '../../load/aggregate.ts';
import { clusteredShare } from '../../stats/clustered-share.ts';
import { type Summary, summarize } from '../../stats/summary.ts';
import { attribute } from '../evidence/attribution.ts';
import { answeredOf, type MeasuredSample, meanOf, ofArm, sumOf } from '../evidence/measured.ts';
import type { ObservedRun } from '../evidence/observed-run.ts';
import { meanEstimate } from '../judge/estimate.ts';
import type { ArmId, ArmSummary, Distribution, Quantile } from './result-arms.ts';

/** One arm in figures: a failed request counts at the time limit and takes nothing from a cache. */
export function summarizeArm(id: ArmId, description: string, run: ObservedRun): ArmSummary {
  const all = ofArm(run.samples, id).toSorted((a, b) => a.intendedMs - b.intendedMs);
  const answered = answeredOf(all, id);
  const rounds = byRound(all);
  const errors = all.length - answered.length;
  return {
    id,
    description,
    blocks: rounds.length,
    requests: all.length,
    errors,
    errorInterval:
      clusteredShare(
        rounds.map((it) => ({ hits: it.length - answeredOf(it, id).length, total: it.length })),
      ).interval ?? null,
    promptTokensMean: meanOf(
      known(answered, (it) => it.promptTokens),
      (it) => it,
    ),
    outputTokensMean: meanOf(
      known(answered, (it) => it.outputTokens),
      (it) => it,
    ),
    ...prefixHits(rounds),
    cachedTokensKnown: answered.filter((it) => it.cachedTokens !== undefined).length,
    ttft: distribution(known(all, (it) => countedMs(it, 'ttft', run.timeoutMs))),
    latency: distribution(known(all, (it) => countedMs(it, 'latency', run.timeoutMs))),
    servedBy: tally(answered, run),
  };
}

function byRound(all: readonly MeasuredSample[]): MeasuredSample[][] {
  const rounds = new Map<number, MeasuredSample[]>();
  for (const sample of all) {
    const round = rounds.get(sample.block);
    if (round) round.push(sample);
    else rounds.set(sample.block, [sample]);
  }
  return [...rounds.values()];
}

function known<T>(items: readonly T[], value: (item: T) => number | undefined): number[] {
  return items.map(value).filter((it) => it !== undefined);
}

/** Over requests that reported, and those that failed. */
function prefixHits(
  rounds: readonly (readonly MeasuredSample[])[],
): Pick<ArmSummary, 'prefixHitRate' | 'prefixHitInterval'> {
  const told = rounds.map((round) =>
    round.filter((it) => it.failure !== undefined || it.cachedTokens !== undefined),
  );
  const promptOf = (it: MeasuredSample): number => it.promptTokens ?? it.experiment.promptTokens;
  const cachedOf = (it: MeasuredSample): number =>
    it.failure === undefined ? it.cachedTokens! : 0;
  const share = (some: readonly MeasuredSample[]): number =>
    sumOf(some, cachedOf) / sumOf(some, promptOf);
  const all = told.flat();
  if (!all.some((it) => it.failure === undefined)) {
    return { prefixHitRate: null, prefixHitInterval: null };
  }
  const estimate = meanEstimate(told.filter((it) => it.length > 0).map(share));
  return { prefixHitRate: share(all), prefixHitInterval: estimate?.interval ?? null };
}

function tally(answered: readonly MeasuredSample[], run: ObservedRun): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const sample of answered) {
    const name = attribute(sample, run.jury).servedBy ?? 'unknown';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Null for no values. @param values in the order they were measured */
export function distribution(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const summary = summarize(values, [50, 95, 99]);
  return {
    n: summary.n,
    mean: summary.mean!,
    meanInterval:
      (summary as { meanInterval?: import('../../stats/interval.ts').Interval }).meanInterval ??
      null,
    p50: quantile(summary, 50),
    p95: quantile(summary, 95),
    p99: quantile(summary, 99),
    min: summary.min!,
    max: summary.max!,
  };
}

function quantile({ percentiles }: Summary, percent: number): Quantile {
  const found = percentiles.find((it) => it.percent === percent);
  return { value: found?.value ?? null, interval: found?.interval ?? null };
}

import { countBy, meanOf, sumOf } from '../../base/lists.ts';
import { countedMs } from '../../load/aggregate.ts';
import { clusteredShare } from '../../stats/share-interval.ts';
import { type MetricFigures, percentileIn, summarize } from '../../stats/summary.ts';
import { attribute, cachedTokensOf } from '../evidence/attribution.ts';
import { answeredOf, byRound, type MeasuredSample, ofArm } from '../evidence/measured.ts';
import type { ObservedRun } from '../evidence/observed-run.ts';
import { meanEstimate } from '../judge/estimate.ts';
import type { ArmId, ArmSummary, Distribution, Quantile } from './result-arms.ts';

/** One arm in figures: a failed request counts at the time limit and takes nothing from a cache. */
export function summarizeArm(id: ArmId, description: string, run: ObservedRun): ArmSummary {
  const all = ofArm(run.samples, id).toSorted((a, b) => a.intendedMs - b.intendedMs);
  const answered = answeredOf(all, id);
  const rounds = [...byRound(all).values()];
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
    promptTokensMean: meanOf(known(answered, (it) => it.promptTokens)),
    outputTokensMean: meanOf(known(answered, (it) => it.outputTokens)),
    ...prefixHits(rounds, run),
    cachedTokensKnown: answered.filter((it) => it.cachedTokens !== undefined).length,
    ttft: distribution(known(all, (it) => countedMs(it, 'ttft', run.timeoutMs))),
    latency: distribution(known(all, (it) => countedMs(it, 'latency', run.timeoutMs))),
    servedBy: countBy(answered, (it) => attribute(it, run.jury).servedBy ?? 'unknown'),
  };
}

function known<T>(items: readonly T[], value: (item: T) => number | undefined): number[] {
  return items.map(value).filter((it) => it !== undefined);
}

/** Null while one request is unknown: evidence that only ever says "hit" must not choose its own denominator. */
function prefixHits(
  rounds: readonly (readonly MeasuredSample[])[],
  { jury }: ObservedRun,
): Pick<ArmSummary, 'prefixHitRate' | 'prefixHitInterval'> {
  const all = rounds.flat();
  const isAnswered = all.some((it) => it.failure === undefined);
  if (!isAnswered || all.some((it) => cachedTokensOf(it, jury) === undefined)) {
    return { prefixHitRate: null, prefixHitInterval: null };
  }
  const promptOf = (it: MeasuredSample): number => it.promptTokens ?? it.experiment.promptTokens;
  const share = (some: readonly MeasuredSample[]): number =>
    sumOf(some, (it) => cachedTokensOf(it, jury)!) / sumOf(some, promptOf);
  return {
    prefixHitRate: share(all),
    prefixHitInterval: meanEstimate(rounds.map(share))?.interval ?? null,
  };
}

/** Null for no values. @param values in the order they were measured */
export function distribution(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const summary = summarize(values, [50, 95, 99]);
  return {
    n: summary.n,
    mean: summary.mean!,
    meanInterval: summary.meanInterval,
    p50: quantile(summary, 50),
    p95: quantile(summary, 95),
    p99: quantile(summary, 99),
    min: summary.min!,
    max: summary.max!,
  };
}

function quantile(summary: MetricFigures, percent: number): Quantile {
  const found = percentileIn(summary, percent);
  return { value: found?.value ?? null, interval: found?.interval ?? null };
}

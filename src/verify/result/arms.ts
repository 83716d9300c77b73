import { type Summary, summarize } from '../../stats/summary.ts';
import { type Observation, meanOf, ofArm, sumOf } from '../evidence/observation.ts';
import type { ArmId, ArmSummary, Distribution, Quantile } from './result-arms.ts';

/** One arm in figures; failed requests are counted and in no statistic. */
export function summarizeArm(
  id: ArmId,
  description: string,
  observations: readonly Observation[],
): ArmSummary {
  const all = observations.filter((it) => it.arm === id);
  const good = ofArm(observations, id);
  const reported = good.filter((it) => it.cachedTokens !== null);
  const reportedPrompt = sumOf(reported, (it) => it.promptTokens);
  return {
    id,
    description,
    blocks: new Set(all.map((it) => it.round)).size,
    requests: all.length,
    errors: all.length - good.length,
    promptTokensMean: meanOf(good, (it) => it.promptTokens),
    outputTokensMean: meanOf(good, (it) => it.outputTokens),
    prefixHitRate:
      reportedPrompt === 0 ? null : sumOf(reported, (it) => it.cachedTokens ?? 0) / reportedPrompt,
    cachedTokensKnown: reported.length,
    ttft: distribution(good.map((it) => it.ttftMs)),
    latency: distribution(good.map((it) => it.latencyMs)),
    servedBy: tally(good),
  };
}

function tally(observations: readonly Observation[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { servedBy } of observations) {
    const name = servedBy ?? 'unknown';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Null for no values. */
export function distribution(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const summary = summarize(values, [50, 95, 99]);
  return {
    n: summary.n,
    mean: summary.mean!,
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

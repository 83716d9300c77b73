import { meanOf } from '../../base/lists.ts';
import { attribute, cachedTokensOf, type Jury } from '../evidence/attribution.ts';
import { countedMs } from '../../load/aggregate.ts';
import { type MeasuredSample, ofArm } from '../evidence/measured.ts';
import type { ObservedRun } from '../evidence/observed-run.ts';
import type { MoneyLine } from '../result/result-attribution.ts';
import { roundDifference, scaled } from './estimate.ts';

/**
 * What routing is worth, arm C against arm B, per 1,000 requests.
 * @param chance hit rate of blind routing, 1/k; null when it has no meaning
 */
export function moneyLine(run: ObservedRun, chance: number | null): MoneyLine {
  const { samples, msPerToken } = run;
  const isTold = (['B', 'C'] as const).every((arm) =>
    ofArm(samples, arm).every((it) => cachedTokensOf(it, run.jury) !== undefined),
  );
  const tokens = isTold
    ? roundDifference(samples, { base: 'B', treatment: 'C' }, (it) => cachedOf(it, run.jury))
    : null;
  const tokensAvoidedPer1000 = scaled(tokens, 1_000);
  const gatewayTaxMs = roundDifference(samples, { base: 'D', treatment: 'C' }, (it) =>
    ttftOfHit(it, run),
  );
  return {
    tokensAvoidedPer1000,
    engineSecondsPer1000:
      msPerToken === null ? null : scaled(tokensAvoidedPer1000, msPerToken / 1_000),
    breakEvenHitRate: breakEven(run, chance, gatewayTaxMs?.value ?? null),
    gatewayTaxMs,
  };
}

/** A failed request avoided nothing; in arm B it is left out, which favours no claim. */
function cachedOf(sample: MeasuredSample, jury: Jury): number | null {
  if (sample.failure !== undefined && sample.arm === 'B') return null;
  return cachedTokensOf(sample, jury) ?? null;
}

/**
 * Only requests that certainly hit: elsewhere a miss would pass as the gateway's cost. A failure of the
 * gateway counts at the time limit, one of the engine alone is left out.
 */
export function ttftOfHit(it: MeasuredSample, run: ObservedRun): number | null {
  if (it.failure !== undefined && it.experiment.directId !== null) return null;
  if (it.failure === undefined && !isFullHit(it, run.jury)) return null;
  return countedMs(it, 'ttft', run.timeoutMs) ?? null;
}

/** (h − 1/k) · saving of one hit = tax, solved for h. */
function breakEven(run: ObservedRun, chance: number | null, taxMs: number | null): number | null {
  const tokens = meanOf(ofArm(run.samples, 'C'), (it) => it.experiment.reusableTokens);
  if (chance === null || taxMs === null || tokens === null || run.msPerToken === null) return null;
  const savingMs = tokens * run.msPerToken;
  if (savingMs <= 0) return null;
  return Math.min(1, Math.max(chance, chance + taxMs / savingMs));
}

/** At the holder for certain, and nothing says that less than everything came from its cache. */
function isFullHit(sample: MeasuredSample, jury: Jury): boolean {
  const { cachedTokens, experiment } = sample;
  const isWhole = cachedTokens === undefined || cachedTokens >= experiment.reusableTokens;
  return isWhole && attribute(sample, jury).isHit === true;
}

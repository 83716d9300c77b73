import { type ObservedRun, type Observation, meanOf, ofArm } from '../evidence/observation.ts';
import { roundDifference, scaled } from './estimate.ts';
import type { MoneyLine } from '../result/result-attribution.ts';

/**
 * What routing is worth, arm C against arm B, per 1,000 requests.
 * @param chance hit rate of blind routing, 1/k; null when it has no meaning
 */
export function moneyLine(run: ObservedRun, chance: number | null): MoneyLine {
  const { observations, msPerToken } = run;
  const tokens = roundDifference(
    observations,
    { base: 'B', treatment: 'C' },
    (it) => it.cachedTokens,
  );
  const tokensAvoidedPer1000 = scaled(tokens, 1_000);
  const gatewayTaxMs = roundDifference(observations, { base: 'D', treatment: 'C' }, ttftOfHit);
  return {
    tokensAvoidedPer1000,
    engineSecondsPer1000:
      msPerToken === null ? null : scaled(tokensAvoidedPer1000, msPerToken / 1_000),
    breakEvenHitRate: breakEven(run, chance, gatewayTaxMs?.value ?? null),
    gatewayTaxMs,
  };
}

/** Only requests that certainly hit: elsewhere a miss would pass as the gateway's cost. */
export function ttftOfHit(it: Observation): number | null {
  const isHit = it.cachedTokens === null ? true : it.cachedTokens >= it.reusableTokens;
  return isHit && it.servedBy === it.holderId ? it.ttftMs : null;
}

/** (h − 1/k) · saving of one hit = tax, solved for h. */
function breakEven(run: ObservedRun, chance: number | null, taxMs: number | null): number | null {
  const tokens = meanOf(ofArm(run.observations, 'C'), (it) => it.reusableTokens);
  if (chance === null || taxMs === null || tokens === null || run.msPerToken === null) return null;
  const savingMs = tokens * run.msPerToken;
  if (savingMs <= 0) return null;
  return Math.min(1, Math.max(chance, chance + taxMs / savingMs));
}

import { formatCount } from '../../base/figures.ts';
import { present } from '../../base/lists.ts';
import type { Check, Outcome } from '../../base/outcome.ts';
import { formatShare, formatShareInterval } from '../result/format.ts';
import type { HitRate } from '../result/result-evidence.ts';
import type { Evidence } from './evidence.ts';

/** More than chance for certain; or, for certain, less than half of what blind choice leaves to gain. */
export function hitRateCheck({ figures: { hitRate }, refusal }: Evidence): Check | undefined {
  if (!hitRate) return undefined;
  const outcome = refusal === null ? outcomeOf(hitRate) : 'inconclusive';
  return {
    id: 'preferred-hit-rate',
    claim: 'Routed requests reach an engine that holds their prefix more often than by chance.',
    outcome,
    expected:
      hitRate.chance === null ? 'more than chance' : `more than ${formatShare(hitRate.chance)}`,
    actual: actualOf(hitRate),
    evidence: evidenceOf(hitRate),
    remedy: refusal ?? remedyOf(outcome, hitRate),
  };
}

function outcomeOf({ interval, strictInterval, chance }: HitRate): Outcome {
  if (!interval || !strictInterval || chance === null) return 'inconclusive';
  if (strictInterval.low > chance) return 'pass';
  return chance < 1 && interval.high < chance + (1 - chance) / 2 ? 'fail' : 'inconclusive';
}

function actualOf({ value, bounds, interval, hits, total, unknown }: HitRate): string {
  if (!bounds) return 'not measured';
  if (unknown === 0)
    return `${formatShareInterval(value, interval)}, ${formatCount(hits)} of ${formatCount(total)}`;
  return `${formatShare(bounds.low)} to ${formatShare(bounds.high)}: ${formatCount(hits)} of ${formatCount(total)} hit, ${formatCount(unknown)} could not be told`;
}

function evidenceOf({ unknown, byCounters, hotSpot, total }: HitRate): string {
  return present([
    unknown > 0 ? `${unknown} of ${total} requests nobody could attribute` : 'every request told',
    byCounters > 0 && `${byCounters} of them by the engines’ counters of their block`,
    hotSpot && `busiest engine ${hotSpot.endpointId} with ${formatShare(hotSpot.share)}`,
  ]).join(' · ');
}

function remedyOf(outcome: Outcome, { unknown, chance, strictInterval }: HitRate): string {
  if (outcome !== 'inconclusive') return '';
  if (chance === null)
    return 'Say how many engines there are, with --engine for each or --replicas.';
  if (unknown > 0) {
    return 'Let the engines report cached tokens (vLLM: --enable-prompt-tokens-details), or let their metrics be read.';
  }
  return strictInterval && chance >= 0.9
    ? 'One engine gets nearly everything: any choice of it is right. Give the gateway more to choose between.'
    : 'Measure longer (--thorough).';
}

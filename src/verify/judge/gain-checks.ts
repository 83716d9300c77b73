import type { Check, Outcome } from '../../base/outcome.ts';
import type { Evidence } from './evidence.ts';
import { formatRatio, formatShare, formatShareInterval } from '../result/format.ts';
import type { Comparison } from '../result/result-arms.ts';

function comparison(evidence: Evidence, id: Comparison['id']): Comparison | undefined {
  return evidence.comparisons.find((it) => it.id === id);
}

export function cacheGainCheck(evidence: Evidence): Check | undefined {
  const found = comparison(evidence, 'cache-gain');
  if (!found) return undefined;
  return gainCheck(found, evidence, {
    id: 'cache-gain',
    claim: 'Serving from the engine that holds the prefix lowers TTFT p95.',
    remedy:
      'Check prefix caching on the engines, and whether the prefixes survive until they are used.',
  });
}

export function routingGainCheck(evidence: Evidence): Check | undefined {
  const found = comparison(evidence, 'routing-gain');
  const texts = {
    id: 'routing-gain',
    claim: 'KV-cache-aware routing lowers TTFT p95.',
    remedy: [evidence.funnel?.diagnosis, evidence.funnel?.remedy].filter(Boolean).join(' '),
  };
  if (evidence.routingRefusal !== null) {
    return {
      ...texts,
      outcome: 'inconclusive',
      expected: 'B against C in paired blocks',
      actual: 'not judged',
      evidence: evidence.routingRefusal,
      remedy: evidence.routingRefusal,
    };
  }
  return found && gainCheck(found, evidence, texts);
}

/**
 * A gain is claimed only for certain, its absence too: the interval must lie below 1, or rule out
 * every gain larger than the margin.
 */
function gainCheck(
  found: Comparison,
  { margin }: Evidence,
  texts: Pick<Check, 'id' | 'claim' | 'remedy'>,
): Check {
  const outcome = gainOutcome(found, margin);
  const effect = found.minimumDetectableEffect;
  return {
    ...texts,
    outcome,
    expected: 'a ratio below 1 for certain',
    actual: formatRatio(found.value, found.interval),
    evidence: [
      `${found.base} against ${found.treatment}, ${found.pairs} pairs of blocks`,
      found.pValue === null ? '' : `sign-flip p = ${found.pValue.toPrecision(2)}`,
      effect === null ? '' : `could show ${formatShare(effect)}`,
      found.reason,
    ]
      .filter(Boolean)
      .join(' · '),
    remedy: remedyOf(outcome, texts.remedy),
  };
}

function gainOutcome({ verdict, interval }: Comparison, margin: number): Outcome {
  if (verdict === 'better') return 'pass';
  if (verdict === 'worse') return 'fail';
  return interval !== null && interval.low > 1 - margin ? 'fail' : 'inconclusive';
}

function remedyOf(outcome: Outcome, remedy: string): string {
  if (outcome === 'pass') return '';
  if (outcome === 'inconclusive') {
    return ['Measure longer (--thorough, or --until-resolved) or on a quieter system.', remedy]
      .filter(Boolean)
      .join(' ');
  }
  return remedy;
}

export function hitRateCheck({ hitRate, routingRefusal, funnel }: Evidence): Check | undefined {
  if (!hitRate) return undefined;
  const draft = {
    id: 'preferred-hit-rate',
    claim: 'Routed requests reach the engine that holds their prefix more often than by chance.',
    expected: `more than ${formatShare(hitRate.chance)}`,
    actual: `${formatShareInterval(hitRate.value, hitRate.interval)}, ${hitRate.hits} of ${hitRate.total}`,
    evidence: [
      hitRate.unknown > 0
        ? `${hitRate.unknown} requests nobody could attribute`
        : 'every request attributed',
      hitRate.hotSpot
        ? `busiest endpoint ${hitRate.hotSpot.endpointId} with ${formatShare(hitRate.hotSpot.share)}`
        : '',
    ]
      .filter(Boolean)
      .join(' · '),
  };
  if (routingRefusal !== null) return { ...draft, outcome: 'inconclusive', remedy: routingRefusal };
  if (hitRate.interval === null || hitRate.chance === null) {
    return {
      ...draft,
      outcome: 'inconclusive',
      remedy:
        'Let the gateway or the engines say who served a request: a response header, or metrics.',
    };
  }
  const { low, high } = hitRate.interval;
  if (low > hitRate.chance) return { ...draft, outcome: 'pass', remedy: '' };
  // Less than half of what blind choice leaves to gain, for certain.
  const isRefuted = high < hitRate.chance + (1 - hitRate.chance) / 2;
  return {
    ...draft,
    outcome: isRefuted ? 'fail' : 'inconclusive',
    remedy: remedyOf(
      isRefuted ? 'fail' : 'inconclusive',
      [funnel?.diagnosis, funnel?.remedy].filter(Boolean).join(' '),
    ),
  };
}

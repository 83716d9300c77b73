import type { Check, Outcome } from '../base/outcome.ts';
import { worstOutcome } from '../base/outcome.ts';
import { formatRatio, formatShare, formatShareInterval } from './format.ts';
import type { Comparison } from './result-arms.ts';
import type { VerifyResult } from './result.ts';

/** What the checks are judged from: a result still without outcome. */
export type Evidence = Omit<VerifyResult, 'outcome' | 'checks'> & {
  margin: number;
  /** Why routing cannot be judged at all; null when it can. */
  routingRefusal: string | null;
};

/** Every claim of a verification, in the order of the argument. */
export function judgeChecks(evidence: Evidence): Check[] {
  return [
    preflightCheck(evidence),
    wiringCheck(evidence),
    controlCheck(evidence),
    requestsCheck(evidence),
    cacheGainCheck(evidence),
    hitRateCheck(evidence),
    routingGainCheck(evidence),
    doseResponseCheck(evidence),
    ...thresholdChecks(evidence),
  ].filter((check) => check !== undefined);
}

/** Invalid when anything invalidates, whatever the checks say; an error comes first even then. */
export function outcomeOf(
  checks: readonly Check[],
  evidence: Pick<Evidence, 'invalidations'>,
): Outcome {
  const outcomes = checks.map((it) => it.outcome);
  if (evidence.invalidations.length > 0) outcomes.push('invalid');
  return worstOutcome(outcomes);
}

function preflightCheck({ preflight }: Evidence): Check {
  const blocking = preflight.filter((it) => it.severity === 'blocking');
  const broken = blocking.filter((it) => it.outcome !== 'pass');
  const first = broken[0];
  return {
    id: 'preflight',
    claim: 'Everything the experiment needs is in place.',
    outcome: first ? worstOutcome(broken.map((it) => it.outcome)) : 'pass',
    expected: `${blocking.length} preconditions met`,
    actual: first ? `${first.claim} – ${first.actual}` : 'all met',
    evidence: first?.evidence ?? `${preflight.length} findings`,
    remedy: broken.map((it) => it.remedy).join(' '),
  };
}

function wiringCheck({ wiring, targets, routingRefusal }: Evidence): Check | undefined {
  if (!wiring) return undefined;
  const draft = {
    id: 'wiring',
    claim:
      'The controller names the engine that holds a prompt, and the gateway sends its repeat there.',
    expected: `named and served by ${wiring.holderId}`,
    actual: `named ${wiring.preferredId ?? 'nobody'}, served by ${wiring.repeatServedBy ?? 'unknown'} (${wiring.repeatsToPreferred} of ${wiring.repeats} repeats as named)`,
    evidence: `${wiring.promptTokens} tokens, layout ${JSON.stringify(wiring.layout)}`,
  };
  if (routingRefusal !== null) return { ...draft, outcome: 'inconclusive', remedy: routingRefusal };
  if (wiring.preferredId === null) {
    return {
      ...draft,
      outcome: targets.controllerUrl === null ? 'inconclusive' : 'fail',
      remedy: 'See the finding "lookup" of the preflight for what to check.',
    };
  }
  if (wiring.preferredId !== wiring.holderId) {
    return {
      ...draft,
      outcome: 'fail',
      remedy: 'See the finding "instance-ids" of the preflight.',
    };
  }
  if (wiring.repeatServedBy === null) {
    return {
      ...draft,
      outcome: 'inconclusive',
      remedy:
        'Let the gateway or the engines say who served a request: a response header, or metrics.',
    };
  }
  const isObeyed = wiring.repeatServedBy === wiring.preferredId;
  return {
    ...draft,
    outcome: isObeyed ? 'pass' : 'fail',
    remedy: isObeyed
      ? ''
      : 'Ask the gateway why with "kvcache gateway explain", and check its routing policy.',
  };
}

/** Without a visible cache effect no absence of a gain means anything. */
function controlCheck({ controls }: Evidence): Check | undefined {
  if (!controls) return undefined;
  const { differenceMs, effect, pairs } = controls;
  const interval = differenceMs.interval;
  return {
    id: 'control',
    claim:
      'This deployment shows a cache effect: the engine with the prefix answers sooner than one without.',
    outcome: effect === 'seen' ? 'pass' : 'inconclusive',
    expected: 'a saving above 0',
    actual: `${differenceMs.value.toFixed(2)} ms${interval ? ` (95 %: ${interval.low.toFixed(2)}–${interval.high.toFixed(2)})` : ''}`,
    evidence: `${pairs} pairs, cached tokens ${controls.preferredCachedTokens ?? 'unknown'} against ${controls.wrongCachedTokens ?? 'unknown'}`,
    remedy:
      effect === 'seen'
        ? ''
        : 'Check that prefix caching is on; use longer prefixes (--prefix-tokens), since short ones save less than the noise.',
  };
}

function requestsCheck({ arms }: Evidence): Check | undefined {
  const requests = arms.reduce((sum, it) => sum + it.requests, 0);
  if (requests === 0) return undefined;
  const errors = arms.reduce((sum, it) => sum + it.errors, 0);
  return {
    id: 'requests-succeed',
    claim: 'Requests are answered.',
    outcome: errors === 0 ? 'pass' : 'fail',
    expected: 'no failed request',
    actual: `${errors} of ${requests} failed`,
    evidence:
      arms
        .filter((it) => it.errors > 0)
        .map((it) => `${it.id}: ${it.errors}`)
        .join(', ') || 'every arm',
    remedy:
      errors === 0 ? '' : 'Look at the failed requests in the sample log and at the servers’ logs.',
  };
}

function comparison(evidence: Evidence, id: Comparison['id']): Comparison | undefined {
  return evidence.comparisons.find((it) => it.id === id);
}

function cacheGainCheck(evidence: Evidence): Check | undefined {
  const found = comparison(evidence, 'cache-gain');
  if (!found) return undefined;
  return gainCheck(found, evidence, {
    id: 'cache-gain',
    claim: 'Serving from the engine that holds the prefix lowers TTFT p95.',
    remedy:
      'Check prefix caching on the engines, and whether the prefixes survive until they are used.',
  });
}

function routingGainCheck(evidence: Evidence): Check | undefined {
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

function hitRateCheck({ hitRate, routingRefusal, funnel }: Evidence): Check | undefined {
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

function doseResponseCheck({ doseResponse }: Evidence): Check | undefined {
  if (!doseResponse) return undefined;
  const { verdict, msSavedPer1000Tokens: saved, points } = doseResponse;
  const interval = saved?.interval;
  return {
    id: 'dose-response',
    claim: 'The more tokens come from cache, the sooner the first token: the hits cause the gain.',
    outcome: verdict === 'causal' ? 'pass' : verdict === 'none' ? 'fail' : 'inconclusive',
    expected: 'milliseconds saved per 1,000 cached tokens above 0',
    actual: saved
      ? `${saved.value.toFixed(2)} ms${interval ? ` (95 %: ${interval.low.toFixed(2)}–${interval.high.toFixed(2)})` : ''}`
      : 'not resolved',
    evidence: points
      .map((it) => `${it.cachedTokens} tokens: ${it.ttftMsP50.toFixed(1)} ms`)
      .join(', '),
    remedy:
      verdict === 'causal'
        ? ''
        : 'Use longer prompts (--prefix-tokens): what a cache saves must stand out of the noise.',
  };
}

function thresholdChecks({ thresholds }: Evidence): Check[] {
  return thresholds.map(({ text, outcome, actual, interval }, index) => ({
    id: `threshold-${index + 1}`,
    claim: `The threshold holds: ${text}.`,
    outcome,
    expected: text,
    actual: actual === null ? 'not measured' : String(Number(actual.toPrecision(4))),
    evidence: interval
      ? `95 %: ${interval.low.toPrecision(4)}–${interval.high.toPrecision(4)}`
      : 'point estimate',
    remedy:
      outcome === 'pass'
        ? ''
        : outcome === 'fail'
          ? 'The measured figure is out of bounds.'
          : 'The interval spans the bound, or the figure was not measured: measure longer.',
  }));
}

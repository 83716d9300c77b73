import type { Check, Outcome } from '../../base/outcome.ts';
import { worstOutcome } from '../../base/outcome.ts';
import type { Evidence } from './evidence.ts';
import { cacheGainCheck, hitRateCheck, routingGainCheck } from './gain-checks.ts';

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
    remedy: [...new Set(broken.map((it) => it.remedy))].join(' '),
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

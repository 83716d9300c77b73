import { type Check, settled } from '../base/outcome.ts';
import { HOLD_OUT_METRICS, type HoldOutMetric, type RegimeError } from './replay/hold-out.ts';
import type { CalibrateFigures, TermFigure } from './result.ts';
import { TERMS } from './terms.ts';

export interface Judged {
  /** Largest error on what was not fitted, as a share; undefined asks for none. */
  maxError: number | undefined;
  /** What others asked of the engine meanwhile; undefined where nobody was watched. */
  company: Company | undefined;
}

/** By the engine's own counters; null where it has none. */
export interface Company {
  /** Requests that were not ours. */
  foreignRequests: number | null;
  /** Tokens that came from a second tier, whose loading nobody timed. */
  externalTokens: number | null;
}

/** Whether the profile may be believed. */
export function calibrateChecks(figures: CalibrateFigures, judged: Judged): Check[] {
  return [
    termsKnown(figures),
    predicted(figures, judged.maxError),
    ...(judged.company ? aloneChecks(judged.company) : []),
  ];
}

const isEssential = ({ name }: TermFigure): boolean =>
  TERMS.some((it) => it.name === name && it.isEssential);

function termsKnown({ terms, counts }: CalibrateFigures): Check {
  const essential = terms.filter(isEssential);
  const missing = essential.filter(({ status }) => status === 'unknown' || status === 'tied');
  return settled({
    id: 'terms-known',
    claim: 'The terms are known that times to the first token and between tokens are made of.',
    outcome: missing.length === 0 ? 'pass' : 'inconclusive',
    expected: essential.map(({ symbol }) => symbol).join(', '),
    actual:
      missing.length === 0
        ? 'all of them'
        : `not known: ${missing.map(({ symbol }) => symbol).join(', ')}`,
    evidence: `${counts.firstTokens} first tokens, ${counts.steps} stretches of decoding, ${counts.ends} ends of answers`,
    remedy: missing.map(({ symbol, needs }) => `${symbol} takes ${needs}.`).join(' '),
  });
}

/** Fewer say nothing of the rest. */
const PREDICTED_MIN = 5;

function predicted({ errors, heldOut }: CalibrateFigures, maxError: number | undefined): Check {
  const all = errors.filter(({ regime }) => regime === 'all');
  const few = HOLD_OUT_METRICS.filter(
    (metric) => !all.some((it) => it.metric === metric && it.requests >= PREDICTED_MIN),
  );
  const tooFar = all.filter(({ mape }) => mape > (maxError ?? Infinity));
  const outcome = few.length > 0 ? 'inconclusive' : tooFar.length > 0 ? 'fail' : 'pass';
  return settled({
    id: 'hold-out',
    claim:
      maxError === undefined
        ? 'What was not fitted was predicted, and the error is known.'
        : `What was not fitted is predicted within ${percent(maxError)} on average.`,
    outcome,
    expected: maxError === undefined ? 'an error of each time' : `at most ${percent(maxError)}`,
    actual: all.length === 0 ? 'nothing was predicted' : all.map(errorText).join(', '),
    evidence: `held out: ${heldOut}`,
    remedy:
      outcome === 'fail'
        ? 'The engine does not keep to the step model so closely; see the regimes, and compare policies rather than times.'
        : `Fewer than ${PREDICTED_MIN} requests could be predicted: take more samples, streamed and with cached tokens reported.`,
  });
}

const NAMES: Readonly<Record<HoldOutMetric, string>> = {
  ttft: 'TTFT',
  itl: 'ITL',
  latency: 'latency',
};

function errorText({ metric, mape, requests }: RegimeError): string {
  return `${NAMES[metric]} ${percent(mape)} of ${requests}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A counter that nobody has decides nothing. */
function aloneChecks({ foreignRequests, externalTokens }: Company): Check[] {
  if (foreignRequests === null) return [];
  const external = externalTokens ?? 0;
  const isAlone = foreignRequests === 0;
  return [
    settled({
      id: 'engine-alone',
      claim: 'Nobody else asked the engine meanwhile, and nothing came from a second tier unseen.',
      outcome: isAlone && external === 0 ? 'pass' : 'invalid',
      expected: 'no requests but ours, no tokens from a second tier',
      actual: `${foreignRequests} requests of others, ${external} tokens from a second tier`,
      evidence: 'the engine’s own counters before and after',
      remedy: isAlone
        ? 'Give the engine more KV cache or ask for shorter prompts with --prompt-tokens, so that beginnings stay on the device.'
        : 'Take the engine out of its load balancer, or calibrate another one.',
    }),
  ];
}

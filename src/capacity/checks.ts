import { formatCount, formatFigure } from '../base/figures.ts';
import { sumOf } from '../base/lists.ts';
import { type Check, type Outcome, settled } from '../base/outcome.ts';
import type { CapacityCurve, CapacityGain, CurveEnd } from './result.ts';
import { betweenText, CARRIERS, limitText } from './text.ts';

/** What an end is worth: a limit that was not closed in is not found, however much held. */
const ENDS: Readonly<Record<CurveEnd, { outcome: Outcome; why: string; remedy: string }>> = {
  closed: { outcome: 'pass', why: '', remedy: '' },
  never: {
    outcome: 'fail',
    why: 'not even the lowest rate held',
    remedy: 'Move the bound, or add engines or cache.',
  },
  always: {
    outcome: 'inconclusive',
    why: 'the highest rate that this generator may ask held',
    remedy: 'Tighten the bound, or measure from a machine with more to spare.',
  },
  budget: {
    outcome: 'inconclusive',
    why: 'the budget ended the search',
    remedy: 'Give more time or requests.',
  },
  prompts: {
    outcome: 'inconclusive',
    why: 'there were no more new prompts',
    remedy: 'Give a longer file, or a workload that makes its own prompts.',
  },
  generator: {
    outcome: 'invalid',
    why: 'the load generator itself became the limit',
    remedy: 'Measure from a machine with more to spare.',
  },
  stopped: { outcome: 'inconclusive', why: 'the user stopped the search', remedy: 'Let it end.' },
};

/** Nothing held, and nothing failed for certain either. */
const UNDECIDED = {
  outcome: 'inconclusive',
  why: 'not even at the lowest rate enough was seen',
  remedy: 'Give more time, or move the bound.',
} as const;

/** Whether the limit of one way to serve was found. */
export function foundCheck({ arm, ...curve }: CapacityCurve): Check {
  const { outcome, why, remedy } =
    curve.end === 'never' && curve.failed === null ? UNDECIDED : ENDS[curve.end];
  const tried = sumOf(curve.steps, (it) => it.requests);
  return settled({
    id: arm === '' ? 'limit-found' : `limit-found-${arm}`,
    claim: `The highest rate within the objectives is found${CARRIERS[arm] ?? ''}.`,
    outcome,
    expected: 'a rate that holds and, close above it, one that does not',
    actual: limitText(curve),
    evidence: [
      why,
      ...curve.reasons,
      `${formatCount(tried)} requests judged in ${curve.steps.length === 1 ? 'one step' : `${curve.steps.length} steps`}`,
    ],
    remedy,
  });
}

/** Whether routing carries more. */
export function gainCheck(gain: CapacityGain | null): Check {
  const outcome = gain === null ? 'inconclusive' : sideOf(gain.times);
  return settled({
    id: 'capacity-gain',
    claim: 'With routing the same engines carry more requests within the objectives.',
    outcome,
    expected: '> ×1',
    actual: gain === null ? 'unknown' : betweenText(gain.times, (it) => `×${formatFigure(it)}`),
    evidence: 'the two searches took turns, with prompts of one shape',
    remedy:
      outcome === 'fail'
        ? 'kvcache verify without --capacity says what is wrong with the routing.'
        : 'Give more time, or prompts of which more can be reused.',
  });
}

function sideOf({ low, high }: CapacityGain['times']): Outcome {
  if (low > 1) return 'pass';
  return high !== null && high <= 1 ? 'fail' : 'inconclusive';
}

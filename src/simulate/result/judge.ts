import { type Check, settled, worstOutcome } from '../../base/outcome.ts';
import { rateText } from '../../capacity/text.ts';
import { judgeThreshold } from '../../stats/threshold.ts';
import { type SeedEstimate, SEEDS_MIN } from './estimate.ts';
import type { Objective } from './objectives.ts';
import type { Found, SimulatedRow } from './result.ts';

type Judgement = 'pass' | 'fail' | 'inconclusive';

const UNKNOWN: SeedEstimate = { mean: null, interval: null };

/** Whether a row keeps all objectives, by the whole interval of each; without intervals nothing is decided. */
export function judgeRow({ metrics }: SimulatedRow, objectives: readonly Objective[]): Judgement {
  const each = objectives.map((objective): Judgement => {
    const { mean, interval } = metrics[objective.metric] ?? UNKNOWN;
    if (mean === null || interval === null) return 'inconclusive';
    return judgeThreshold(objective, mean, interval);
  });
  return worstOutcome(each) as Judgement;
}

const UNDECIDED = `Give at least ${SEEDS_MIN} seeds or more requests, or move the bound.`;

/** One check for each setting: some policy that was compared keeps all objectives. */
export function objectiveChecks(
  rows: readonly SimulatedRow[],
  objectives: readonly Objective[],
): Check[] {
  if (objectives.length === 0) return [];
  const judged = rows.map((row) => ({ row, judgement: judgeRow(row, objectives) }));
  const isSome = (judgement: Judgement): boolean => judged.some((it) => it.judgement === judgement);
  const outcome = isSome('pass') ? 'pass' : isSome('inconclusive') ? 'inconclusive' : 'fail';
  const named = (judgement: Judgement): string =>
    judged
      .filter((it) => it.judgement === judgement)
      .map(({ row }) => rowName(row))
      .join(', ') || 'none';
  return [
    settled({
      id: 'objectives',
      claim: `Some compared policy keeps ${objectives.map(({ text }) => text).join(' and ')}.`,
      outcome,
      expected: 'at least one',
      actual: named('pass'),
      evidence: [`not kept by ${named('fail')}`, `undecided for ${named('inconclusive')}`],
      remedy:
        outcome === 'fail' ? 'Add engines or cache, lower the load, or move the bound.' : UNDECIDED,
    }),
  ];
}

/** Of a search: some policy was found to reach the objectives. */
export function foundChecks(found: readonly Found[], { searched, most }: Searching): Check[] {
  if (found.length === 0) return [];
  const reached = found.filter(({ value }) => value !== null);
  const undecided = found.filter((it) => it.isUndecided).map(({ policy }) => policy);
  const how = searched === 'rate' ? 'at some rate' : `with at most ${most} engines`;
  const outcome = reached.length > 0 ? 'pass' : undecided.length > 0 ? 'inconclusive' : 'fail';
  return [
    settled({
      id: 'found',
      claim: `Some compared policy keeps the objectives ${how}.`,
      outcome,
      expected: 'at least one',
      actual: reached.map((it) => `${it.policy} ${foundText(it, searched)}`).join(', ') || 'none',
      evidence: undecided.length === 0 ? '' : `undecided for ${undecided.join(', ')}`,
      remedy: outcome === 'inconclusive' ? UNDECIDED : REMEDIES[searched],
    }),
  ];
}

/** What is searched for; `most` engines are tried. */
export interface Searching {
  searched: 'engines' | 'rate';
  most: number;
}

const REMEDIES = {
  engines: 'Search further with --engines, add cache, lower the load, or move the bound.',
  rate: 'Add engines or cache, or move the bound.',
} as const;

/** `8`, `42.1/s`. */
export function foundText({ value }: Found, searched: string): string {
  if (value === null) return 'none';
  return searched === 'rate' ? rateText(value) : `${value}`;
}

/** `engines 8, prefix`. */
export function rowName({ policy, setting }: SimulatedRow): string {
  const parts = Object.entries(setting).map(([name, value]) => `${name} ${value}`);
  return [...parts, policy].join(', ');
}

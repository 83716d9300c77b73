import { describe, expect, it } from 'vitest';
import { resolveProfile } from '../../mocks/profiles/resolve.ts';
import { sumOf } from '../../src/base/lists.ts';
import { termsIn } from '../../src/calibrate/calibration.ts';
import { type FittedTerm, judgeTerms } from '../../src/calibrate/fit/judge-terms.ts';
import { observationsOf, splitOf } from '../../src/calibrate/observe/observe.ts';
import { probePlan } from '../../src/calibrate/probe/plan.ts';
import type { TermName } from '../../src/calibrate/terms.ts';
import { HIDDEN_TIMING, hiddenEngine } from '../calibrate/hidden-engines.ts';
import { probeVirtually, ProbePrompts } from '../calibrate/virtual-engine.ts';

const SEEDS = 200;
/** Deviation of a mark that a client takes on a machine that does other things too. */
const CLIENT_MS = 0.1;
/** With the jitter of the shipped profiles: 10 % of prefills, 8 % of steps. */
const hidden = hiddenEngine(HIDDEN_TIMING, { blockSize: 64, blocks: 4_096 });
const truth = termsIn(hidden);
/** Unlike the hidden one in every term. */
const base = resolveProfile('3b-l40s');
const plan = probePlan({
  rounds: 24,
  contextTokens: 32_768,
  batch: 48,
  cacheTokens: 262_144,
  hasTier: false,
  seed: 1,
  runId: 'hidden',
});
const prompts = new ProbePrompts(hidden.blockSize);
const NAMES = Object.keys(HIDDEN_TIMING) as (TermName & keyof typeof HIDDEN_TIMING)[];

function fittedWith(seed: number): FittedTerm[] {
  const samples = probeVirtually({ plan, profile: hidden, prompts, seed, clientMs: CLIENT_MS });
  const { isHeldOut } = splitOf(samples);
  const fitted = observationsOf(samples, base).filter((it) => !isHeldOut(it));
  return judgeTerms(fitted, termsIn(base))!.terms;
}

function isCovered({ name, interval }: FittedTerm): boolean {
  return interval !== null && interval.low <= truth[name] && truth[name] <= interval.high;
}

const offBy = ({ name, value }: FittedTerm): number => Math.abs(value / truth[name] - 1);

describe(`${SEEDS} calibrations of an engine that nobody was told of`, () => {
  const runs: ReadonlyMap<TermName, FittedTerm>[] = Array.from({ length: SEEDS }, (_, seed) => {
    const terms = fittedWith(seed + 1);
    return new Map(terms.map((it) => [it.name, it]));
  });
  const of = (name: TermName): FittedTerm[] => runs.map((run) => run.get(name)!);
  const covered = NAMES.map((name) => of(name).filter(isCovered).length / SEEDS);

  it.each(NAMES)('know %s, within a twentieth whenever they say that they do', (name) => {
    const known = of(name).filter(({ status }) => status === 'known');
    expect(of(name).filter(({ status }) => status !== 'known' && status !== 'rough')).toEqual([]);
    expect(known.length).toBeGreaterThan(SEEDS / 2);
    expect(Math.max(...known.map(offBy))).toBeLessThan(0.05);
  });

  it.each(NAMES.map((name, at) => [name, covered[at]!]))(
    'have intervals that hold %s: in %d of all runs',
    (_, share) => {
      // 200 runs tell 95 % from no less than 90 %.
      expect(share).toBeGreaterThan(0.9);
    },
  );

  it(`hold the truth in 93 to 97 % over all terms`, () => {
    const share = sumOf(covered) / covered.length;
    expect(share).toBeGreaterThanOrEqual(0.93);
    expect(share).toBeLessThanOrEqual(0.97);
  });
});

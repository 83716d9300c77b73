import { describe, expect, it } from 'vitest';
import { createRandom, mixSeed } from '../../src/base/random.ts';
import { type Comparison, compareArms } from '../../src/stats/compare.ts';
import { DEFAULT_SIZE, QUICK_SIZE } from '../../src/stats/design.ts';
import { type Arms, DISTURBED } from '../stats/disturbed-arms.ts';

const RUNS = 300;
const SIZES = [DEFAULT_SIZE, QUICK_SIZE].map(
  ({ rounds, requestsPerBlock: perBlock }) => ({ rounds, perBlock }) as const,
);
/** What is announced in fewer runs than this is no announcement: mostly it says that it does not hold. */
const ANNOUNCED_MIN = 0.5;

function runs(
  arms: Arms,
  size: (typeof SIZES)[number],
  { effect, name }: { effect: number; name: string },
): Comparison[] {
  return Array.from({ length: RUNS }, (_, run) => {
    const pairs = arms(size, createRandom(mixSeed(run, name))).map(({ base, treated }) => ({
      base,
      treated: Array.from(treated, (value) => value * effect),
    }));
    return compareArms(pairs, { seed: run });
  });
}

function shareOf<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.filter(holds).length / items.length;
}

describe.each(Object.keys(DISTURBED))('%s', (name) => {
  it.each(SIZES)('finds what it announces, $rounds rounds of $perBlock', (size) => {
    const arms = DISTURBED[name]!;
    const same = runs(arms, size, { effect: 1, name: `${name}, same` });
    const wrong = shareOf(same, ({ verdict }) => verdict === 'better' || verdict === 'worse');
    const covered = shareOf(same, ({ interval }) => interval!.low <= 1 && interval!.high >= 1);
    const cuts = same.flatMap(({ detectable }) => detectable.cut ?? []).toSorted((a, b) => a - b);
    const announced = cuts.length / RUNS;
    const cut = cuts[Math.floor(cuts.length / 2)] ?? 0;
    const treated = runs(arms, size, { effect: 1 - cut, name: `${name}, cut` });
    const power = shareOf(treated, ({ verdict }) => verdict === 'better');
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    console.log(
      `${name}, ${size.rounds}×${size.perBlock}: better or worse though the same ${percent(wrong)}, ` +
        `coverage ${percent(covered)}, announced in ${percent(announced)}, median ${percent(cut)}, ` +
        `power there ${percent(power)}`,
    );
    expect.soft(wrong).toBeLessThanOrEqual(0.05);
    // 93 % less two standard errors of 300 runs.
    expect.soft(covered).toBeGreaterThanOrEqual(0.93 - 0.03);
    if (announced < ANNOUNCED_MIN) return;
    expect.soft(power).toBeGreaterThanOrEqual(0.7 - 0.05);
    expect.soft(power).toBeLessThanOrEqual(0.95 + 0.02);
  });
});

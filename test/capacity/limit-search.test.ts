import { describe, expect, it } from 'vitest';
import {
  type Axis,
  engineAxis,
  limitOf,
  nextAlong,
  rateAxis,
  type Tried,
} from '../../src/capacity/limit-search.ts';
import type { Verdict } from '../../src/capacity/step-judge.ts';

/** All that is tried where the verdict is known beforehand. */
function searched(axis: Axis, verdictAt: (at: number) => Verdict) {
  const tried: Tried[] = [];
  for (let next = nextAlong(axis, tried); typeof next === 'number'; next = nextAlong(axis, tried)) {
    tried.push({ at: next, verdict: verdictAt(next) });
    expect(tried.length).toBeLessThan(100);
  }
  return { tried, end: nextAlong(axis, tried), ...limitOf(axis, tried) };
}

const rates = (start: number): Axis => rateAxis(start, { least: 0.01, most: 10_000 });

describe('a search for the highest rate', () => {
  it.each([0.02, 1, 40, 9_000])('closes in on a limit at %s from either side', (limit) => {
    for (const start of [0.01, 3, 10_000]) {
      const { held, failed, end } = searched(rates(start), (at) =>
        at < limit ? 'holds' : 'fails',
      );
      expect(end).toBe('closed');
      expect(held).toBeLessThan(limit);
      expect(failed).toBeGreaterThanOrEqual(limit);
      expect(failed! / held!).toBeLessThanOrEqual(1.03);
    }
  });

  it('asks twice for the rate that it reports, and takes a lower one where that does not hold again', () => {
    let asked = 0;
    const { held, tried } = searched(rates(8), (at) => {
      // 16 holds by chance, once.
      if (at === 16) return asked++ === 0 ? 'holds' : 'undecided';
      return at < 10 ? 'holds' : 'undecided';
    });
    expect(held).toBeLessThan(10);
    expect(tried.filter((it) => it.at === held)).toHaveLength(2);
  });

  it('ends where nothing holds and where everything does', () => {
    expect(searched(rates(4), () => 'fails')).toMatchObject({ end: 'never', held: null });
    expect(searched(rates(4), () => 'holds')).toMatchObject({ end: 'always', held: 10_000 });
  });

  it('does not take what is undecided for a failure', () => {
    const { held, failed } = searched(rates(1), (at) => {
      if (at < 10) return 'holds';
      return at < 30 ? 'undecided' : 'fails';
    });
    expect(held).toBeLessThan(10);
    expect(failed).toBeGreaterThanOrEqual(30);
    expect(failed).toBeLessThan(40);
  });

  it('believes no rate above one that failed', () => {
    const tried: Tried[] = [
      { at: 8, verdict: 'holds' },
      { at: 4, verdict: 'fails' },
      { at: 2, verdict: 'holds' },
    ];
    expect(limitOf(rates(8), tried)).toMatchObject({ held: 2, failed: 4 });
  });
});

describe('a search for the fewest engines', () => {
  it.each([1, 2, 3, 7, 8, 11])('finds %s of at most 11', (needed) => {
    const { held, tried } = searched(engineAxis(11), (at) => (at >= needed ? 'holds' : 'fails'));
    expect(held).toBe(needed);
    expect(new Set(tried.map(({ at }) => at)).size).toBe(tried.length);
  });

  it('finds none where not even the most are enough', () => {
    expect(searched(engineAxis(6), () => 'undecided')).toMatchObject({ held: null, end: 'never' });
  });
});

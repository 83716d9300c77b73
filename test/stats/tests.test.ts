import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { signFlipTest } from '../../src/stats/sign-flip.ts';
import { slopeOf } from '../../src/stats/slope.ts';
import { capturedOverChance, wilsonInterval } from '../../src/stats/wilson.ts';

describe('Wilson interval', () => {
  it.each([
    [12, 12, 0.7575, 1],
    [50, 50, 0.929, 1],
    [200, 200, 0.981, 1],
    [0, 10, 0, 0.278],
    [5, 10, 0.237, 0.763],
  ])('%i of %i', (successes, trials, low, high) => {
    const interval = wilsonInterval(successes, trials);
    expect(interval.low).toBeCloseTo(low, 3);
    expect(interval.high).toBeCloseTo(high, 3);
  });

  it('refuses no trials', () => expect(() => wilsonInterval(0, 0)).toThrow(RangeError));
});

describe('captured over chance', () => {
  it('is 1 for perfect, 0 for chance, negative below', () => {
    expect(capturedOverChance(1, 4)).toBe(1);
    expect(capturedOverChance(0.25, 4)).toBe(0);
    expect(capturedOverChance(0, 2)).toBe(-1);
    expect(() => capturedOverChance(1, 1)).toThrow(RangeError);
  });
});

describe('sign-flip test', () => {
  const random = createRandom(7);

  it.each([
    [5, 0.0625],
    [6, 0.03125],
    [8, 0.0078125],
  ])('%i pairs all of one sign give the smallest p there is', (pairs, p) => {
    const result = signFlipTest(
      Array.from({ length: pairs }, (_, i) => i + 0.1),
      random,
    );
    expect(result).toEqual({ p, pairs, smallestP: p, isExact: true });
  });

  it('counts every flip at least as extreme', () => {
    // Sums of ±1±2±3 are ±6 ±4 ±2 0 0: the observed 1+2−3 = 0 is exceeded or met by all 8.
    expect(signFlipTest([1, 2, -3], random).p).toBe(1);
    // |−1+2+3| = 4: met by ±4 and ±6.
    expect(signFlipTest([-1, 2, 3], random).p).toBe(0.5);
  });

  it('draws beyond 16 pairs and never returns 0', () => {
    const result = signFlipTest(new Float64Array(30).fill(1), random);
    expect(result.isExact).toBe(false);
    expect(result.p).toBeCloseTo(1 / 20_001, 9);
  });

  it('says 1 when nothing was measured', () => expect(signFlipTest([], random).p).toBe(1));
});

describe('slope', () => {
  it('finds an exact line with a point interval', () => {
    const slope = slopeOf([
      [1, 5],
      [2, 7],
      [3, 9],
    ])!;
    expect(slope.slope).toBeCloseTo(2, 12);
    expect(slope.intercept).toBeCloseTo(3, 12);
    expect(slope.interval.high - slope.interval.low).toBeCloseTo(0, 9);
  });

  it('widens with scatter: y = 1, 3, 2, 4 has slope 0.8 ± 2.39', () => {
    const slope = slopeOf([1, 3, 2, 4].map((y, x) => [x, y] as const))!;
    expect(slope.slope).toBeCloseTo(0.8, 12);
    expect(slope.interval.high - slope.slope).toBeCloseTo(4.302653 * Math.sqrt(1.8 / 2 / 5), 4);
  });

  it('needs three points with different x', () => {
    expect(slopeOf([[1, 1]])).toBeUndefined();
    expect(slopeOf([1, 2, 3].map((y) => [1, y] as const))).toBeUndefined();
  });
});

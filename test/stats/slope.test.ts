import { describe, expect, it } from 'vitest';
import { slopeOf } from '../../src/stats/slope.ts';

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

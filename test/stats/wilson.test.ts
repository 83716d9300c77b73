import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../src/stats/wilson.ts';

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

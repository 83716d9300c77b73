import { describe, expect, it } from 'vitest';
import { shuffled } from '../../src/base/shuffled.ts';
import { shareRise } from '../../src/stats/share-rise.ts';
import { wilsonInterval } from '../../src/stats/wilson.ts';

describe('rise of a share', () => {
  const none = Array<number>(960).fill(0);

  it('is Newcombe, method 10, of independent outcomes', () => {
    const of = (hits: number, seed: number) =>
      shuffled(
        Array.from({ length: 10 }, (_, index) => Number(index < hits)),
        seed,
      );
    const { value, interval } = shareRise(of(3, 2), of(9, 3))!;
    const [was, is] = [wilsonInterval(3, 10, 0.9), wilsonInterval(9, 10, 0.9)];
    expect(value).toBeCloseTo(0.6, 12);
    expect(interval.low).toBeCloseTo(0.6 - Math.hypot(0.9 - is.low, was.high - 0.3), 9);
    expect(interval.high).toBeCloseTo(0.6 + Math.hypot(is.high - 0.9, 0.3 - was.low), 9);
  });

  it('is shown by scattered failures, not by as many in a row', () => {
    const scattered = none.map((_, index) => Number(index % 48 === 1));
    const inARow = none.map((_, index) => Number(index >= 500 && index < 520));
    expect(shareRise(none, scattered)!.interval.low).toBeGreaterThan(0);
    expect(shareRise(none, inARow)!.interval.low).toBeLessThan(0);
  });

  it('is not known of no requests', () => expect(shareRise([], [0])).toBeUndefined());
});

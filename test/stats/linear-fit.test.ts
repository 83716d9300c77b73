import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { distinctness, type Equation, fitLinear } from '../../src/stats/linear-fit.ts';
import { slopeOf } from '../../src/stats/slope.ts';

function equation(amounts: number[], y: number, weight = 1): Equation {
  return { amounts, y, weight };
}

/** y = 3 + 0.5 x + noise. */
function line(noise: (x: number) => number): Equation[] {
  return Array.from({ length: 40 }, (_, x) => equation([1, x], 3 + 0.5 * x + noise(x)));
}

describe('least squares with no unknown below 0', () => {
  it('find what made the equations, whatever their scales', () => {
    const equations = Array.from({ length: 12 }, (_, at) => {
      const tokens = 500 + 2_311 * ((at * 7) % 12);
      return equation([1, tokens, tokens ** 2], 5 + 0.06 * tokens + 4.2e-7 * tokens ** 2);
    });
    const { values } = fitLinear(equations)!;
    expect(values[0]).toBeCloseTo(5, 6);
    expect(values[1]! / 0.06).toBeCloseTo(1, 8);
    expect(values[2]! / 4.2e-7).toBeCloseTo(1, 8);
  });

  it('agree with the regression line where nothing is bounded', () => {
    const random = createRandom(7);
    const equations = line(() => random.normal());
    const known = slopeOf(equations.map(({ amounts, y }) => [amounts[1]!, y] as const))!;
    const { values, intervals } = fitLinear(equations)!;
    expect(values[1]).toBeCloseTo(known.slope, 10);
    expect(values[0]).toBeCloseTo(known.intercept, 10);
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    expect(width(intervals[1]!) / width(known.interval)).toBeCloseTo(1, 0);
  });

  it('put at 0 what would be below, and fit the rest without it', () => {
    // Without the bound: y = 10 − x.
    const equations = [0, 1, 2, 3].map((x) => equation([1, x], 10 - x));
    expect(fitLinear(equations)!.values).toEqual([8.5, 0]);
    expect(fitLinear(equations)!.intervals[1]!.high).toBeCloseTo(-1, 6);
  });

  it('believe an equation as far as its weight goes', () => {
    const equations = [equation([1], 1, 99), equation([1], 1, 99), equation([1], 101, 2)];
    expect(fitLinear(equations)!.values[0]).toBeCloseTo(2, 6);
  });

  it('hold the truth as often as they say, with noise that grows and that nobody told of', () => {
    const random = createRandom(11);
    let held = 0;
    for (let run = 0; run < 1_000; run++) {
      const { low, high } = fitLinear(line((x) => random.normal() * (0.2 + x / 8)))!.intervals[1]!;
      if (low <= 0.5 && 0.5 <= high) held++;
    }
    expect(held / 1_000).toBeGreaterThan(0.93);
    expect(held / 1_000).toBeLessThan(0.97);
  });

  it('give nothing from too few equations, or from unknowns that are one', () => {
    expect(fitLinear([])).toBeUndefined();
    expect(fitLinear([equation([1, 2], 3), equation([1, 3], 4)])).toBeUndefined();
    expect(fitLinear([1, 2, 3, 4].map((x) => equation([x, 2 * x], x)))).toBeUndefined();
  });
});

describe('what tells an unknown from the others', () => {
  it('is none of it where it is a multiple of another, or stands nowhere', () => {
    const equations = [1, 2, 3].map((x) => equation([1, x, 3 * x, 0], x));
    const [alone, one, other, absent] = distinctness(equations);
    expect(alone).toBeGreaterThan(0.1);
    expect(one).toBeCloseTo(0, 9);
    expect(other).toBeCloseTo(0, 9);
    expect(absent).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { blockBootstrap } from '../../src/stats/bootstrap.ts';

describe('blockBootstrap', () => {
  const constant = [1, 2, 3, 4, 5, 6].map(() => [10, 10, 10]);

  it('gives a point interval when rounds do not differ', () => {
    const options = { percent: 95, random: createRandom(1) };
    const halved = constant.map(() => [5, 5]);
    const interval = blockBootstrap([constant, halved], ([a, b]) => b! / a!, options);
    expect(interval).toEqual({ low: 0.5, high: 0.5, confidence: 0.95 });
  });

  it('takes any statistic of any number of arms', () => {
    const options = { percent: 50, random: createRandom(1) };
    const interval = blockBootstrap(
      [constant, constant.map(() => [8]), constant.map(() => [5])],
      ([b, c, d]) => (b! - c!) / (b! - d!),
      options,
    );
    expect(interval?.low).toBe(0.4);
  });

  it('has nothing to say about five rounds or an undefined statistic', () => {
    const options = { percent: 95, random: createRandom(1) };
    expect(blockBootstrap([constant.slice(1)], ([a]) => a!, options)).toBeUndefined();
    expect(blockBootstrap([constant], () => Number.NaN, options)).toBeUndefined();
  });
});

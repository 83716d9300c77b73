import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { signFlipTest } from '../../src/stats/sign-flip.ts';

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

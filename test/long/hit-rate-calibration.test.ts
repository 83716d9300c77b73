import { describe, expect, it } from 'vitest';
import { blind, passesOf, perfect, wrong } from '../verify/simulated-runs.ts';

const TIMEOUT_MS = 10 * 60_000;

/** The promise of the claim on the hit rate: luck is no skill, and skill is seen. */
describe.each([
  [2, 8, 12],
  [3, 8, 12],
  [5, 8, 12],
  [2, 24, 24],
  [3, 24, 24],
  [5, 24, 24],
])('3,000 runs in front of %i engines, %i rounds of %i requests', (k, rounds, perBlock) => {
  const size = { k, rounds, perBlock, runs: 3_000 };

  it(
    'a blind router passes in at most 0.2 %',
    () => {
      expect(passesOf(size, blind)).toBeLessThanOrEqual(0.002 * size.runs);
    },
    TIMEOUT_MS,
  );

  it(
    'a perfect one passes each time, a wrong one never',
    () => {
      const few = { ...size, runs: 300 };
      expect(passesOf(few, perfect)).toBe(few.runs);
      expect(passesOf(few, wrong)).toBe(0);
    },
    TIMEOUT_MS,
  );
});

import { describe, expect, it } from 'vitest';
import { calibrateCompare } from '../report/calibrate-compare.ts';

const RUNS = 400;

describe.each([
  { disturbance: 'none', power: 0.8 },
  // Two runs do not share what disturbs them, so it does not cancel as between arms of one run.
  { disturbance: 'correlated', power: 0.7 },
] as const)('report compare under $disturbance', ({ disturbance, power }) => {
  it('calls identical runs a regression in at most 5 %', () => {
    const found = calibrateCompare({ effect: 1, disturbance }, RUNS);
    console.log(`identical, ${disturbance}:`, found);
    expect(found.worse).toBeLessThanOrEqual(0.05);
  });

  it(`finds a 20 % slower p95 with at least ${power * 100} % power`, () => {
    const found = calibrateCompare({ effect: 1.2, disturbance }, RUNS);
    console.log(`20 % slower, ${disturbance}:`, found);
    expect(found.worse).toBeGreaterThanOrEqual(power);
  });
});

import { describe, expect, it } from 'vitest';
import { calibrateCompare } from '../report/calibrate-compare.ts';

const RUNS = 400;

describe.each(['none', 'correlated'] as const)('report compare under %s', (disturbance) => {
  it('calls identical runs a regression in at most 5 %', () => {
    const found = calibrateCompare({ effect: 1, disturbance }, RUNS);
    console.log(`identical, ${disturbance}:`, found);
    expect(found.worse).toBeLessThanOrEqual(0.05);
  });

  it('finds a 20 % slower p95 with at least 80 % power', () => {
    const found = calibrateCompare({ effect: 1.2, disturbance }, RUNS);
    console.log(`20 % slower, ${disturbance}:`, found);
    expect(found.worse).toBeGreaterThanOrEqual(0.8);
  });
});

import { describe, expect, it } from 'vitest';
import { calibrateCompare } from '../report/calibrate-compare.ts';

const RUNS = 4_000;
const DISTURBANCES = ['none', 'drift', 'warm-up', 'correlated'] as const;

describe.each(['verify', 'load'] as const)('report compare of two runs of %s', (size) => {
  it.each(DISTURBANCES)(
    'under %s calls unchanged runs a regression in at most one of 20',
    (disturbance) => {
      const found = calibrateCompare({ size, effect: 1, disturbance }, RUNS);
      console.log(`unchanged ${size}, ${disturbance}:`, found);
      expect(found.worse).toBeLessThanOrEqual(0.05);
    },
  );

  it.each(DISTURBANCES)('under %s finds a p95 slower by a fifth in four of five', (disturbance) => {
    const found = calibrateCompare({ size, effect: 1.2, disturbance }, RUNS);
    console.log(`20 % slower ${size}, ${disturbance}:`, found);
    expect(found.worse).toBeGreaterThanOrEqual(0.8);
  });
});

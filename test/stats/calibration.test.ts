import { describe, expect, it } from 'vitest';
import { DEFAULT_SIZE } from '../../src/stats/design.ts';
import { calibrate } from './calibrate.ts';

const size = { rounds: DEFAULT_SIZE.rounds, perBlock: DEFAULT_SIZE.requestsPerBlock };

// The short version: bounds are those of the long one, widened for 60 runs by two standard errors.
describe('calibration in short', () => {
  it('claims next to nothing between identical arms under correlated noise', () => {
    const found = calibrate({ ...size, effect: 1, disturbance: 'correlated' }, 60);
    expect(found.better + found.worse).toBeLessThanOrEqual(0.05 + 0.056);
    expect(found.coverage).toBeGreaterThanOrEqual(0.87);
  });

  it('finds a 20 % lower p95', () => {
    const found = calibrate({ ...size, effect: 0.8 }, 60);
    expect(found.better).toBeGreaterThanOrEqual(0.8 - 0.1);
    expect(found.worse).toBe(0);
  });
});

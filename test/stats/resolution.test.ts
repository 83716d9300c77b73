import { describe, expect, it } from 'vitest';
import { printFloor, resolutionFloor, resolutionOf } from '../../src/stats/resolution.ts';

describe('resolution', () => {
  it('knows the floors of p50, p95 and p99', () => {
    expect([50, 95, 99].map(printFloor)).toEqual([2, 20, 100]);
    expect([50, 95, 99].map((percent) => resolutionFloor(percent))).toEqual([6, 72, 368]);
  });

  it('hides, qualifies, then resolves p95', () => {
    expect([19, 20, 71, 72].map((n) => resolutionOf(95, n))).toEqual([
      'hidden',
      'not-resolved',
      'not-resolved',
      'resolved',
    ]);
  });
});

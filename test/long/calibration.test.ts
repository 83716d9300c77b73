import { describe, expect, it } from 'vitest';
import { DEFAULT_SIZE } from '../../src/stats/design.ts';
import { type Calibration, calibrate } from '../stats/calibrate.ts';
import type { Disturbance } from '../stats/synthetic.ts';

const RUNS = 600;
const DISTURBANCES: Disturbance[] = ['none', 'drift', 'warm-up', 'correlated'];
const size = { rounds: DEFAULT_SIZE.rounds, perBlock: DEFAULT_SIZE.requestsPerBlock };

function report(name: string, found: Calibration): void {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  console.log(
    `${name.padEnd(34)} better ${percent(found.better)}, worse ${percent(found.worse)}, ` +
      `inconclusive ${percent(found.inconclusive)}, coverage ${percent(found.coverage)}, ` +
      `mean ratio ${found.meanRatio.toFixed(3)}; old method claims a gain in ${percent(found.oldMethodGain)}`,
  );
}

describe.each(DISTURBANCES)('under %s', (disturbance) => {
  it('identical arms are called better or worse in at most 5 % of runs', () => {
    const found = calibrate({ ...size, effect: 1, disturbance }, RUNS);
    report(`identical, ${disturbance}`, found);
    expect(found.better + found.worse).toBeLessThanOrEqual(0.05);
    expect(found.coverage).toBeGreaterThanOrEqual(0.93);
    expect(found.coverage).toBeLessThanOrEqual(0.97);
  });

  it('a 20 % lower p95 is found with at least 80 % power at sigma 0.5', () => {
    const found = calibrate({ ...size, effect: 0.8, disturbance }, RUNS);
    report(`20 % cut, ${disturbance}`, found);
    expect(found.better).toBeGreaterThanOrEqual(0.8);
    expect(found.coverage).toBeGreaterThanOrEqual(0.93);
    expect(found.coverage).toBeLessThanOrEqual(0.97);
  });
});

it('a sequential design under a slow start claims gains that are not there', () => {
  const found = calibrate(
    { ...size, effect: 1, disturbance: 'warm-up', design: 'sequential' },
    RUNS,
  );
  report('identical, warm-up, sequential', found);
  expect(found.better).toBeGreaterThan(0.05);
});

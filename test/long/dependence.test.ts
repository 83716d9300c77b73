import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import type { Interval } from '../../src/stats/interval.ts';
import { percentile, sortedCopy } from '../../src/stats/percentile.ts';
import { percentileInterval } from '../../src/stats/rank-interval.ts';
import { shareInterval } from '../../src/stats/share-interval.ts';
import { summarize } from '../../src/stats/summary.ts';
import { LATENCIES, OUTCOMES, type Traffic } from '../stats/traffic.ts';

const RUNS = 600;
const SIZES = [960, 400];
const TRUTH_REQUESTS = 4_000_000;

/** What became of the intervals of one figure; a threshold sits at the truth. */
class Tally {
  resolved = 0;
  covered = 0;
  wrongPass = 0;
  wrongFail = 0;
  #width = 0;
  #independentWidth = 0;

  add(interval: Interval | null | undefined, truth: number, independent?: Interval): void {
    if (interval == null) {
      this.covered++;
      return;
    }
    this.resolved++;
    if (interval.high < truth) this.wrongPass++;
    else if (interval.low > truth) this.wrongFail++;
    else this.covered++;
    if (independent === undefined) return;
    this.#width += interval.high - interval.low;
    this.#independentWidth += independent.high - independent.low;
  }

  get wider(): number {
    return this.#width / this.#independentWidth;
  }

  text(): string {
    const percent = (count: number): string => `${((100 * count) / RUNS).toFixed(1)} %`.padStart(7);
    const within = (100 * (1 - (this.wrongPass + this.wrongFail) / this.resolved)).toFixed(0);
    return (
      `resolved ${percent(this.resolved)} (of these covered ${within} %), covered or not resolved ` +
      `${percent(this.covered)}, wrong pass ${percent(this.wrongPass)}, wrong fail ` +
      `${percent(this.wrongFail)}, ×${this.wider.toFixed(2)} as wide`
    );
  }
}

function truthOf(traffic: Traffic): Record<'p50' | 'p95' | 'mean', number> {
  const values = traffic(TRUTH_REQUESTS, createRandom(77));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sorted = sortedCopy(values);
  return { p50: percentile(sorted, 50), p95: percentile(sorted, 95), mean };
}

function expectPromise(tally: Tally): void {
  expect.soft(tally.covered / RUNS).toBeGreaterThanOrEqual(0.93);
  expect.soft(tally.wrongPass / RUNS).toBeLessThanOrEqual(0.05);
  expect.soft(tally.wrongFail / RUNS).toBeLessThanOrEqual(0.05);
}

describe.each(Object.keys(LATENCIES))('latencies, %s', (name) => {
  const traffic = LATENCIES[name]!;
  const truth = truthOf(traffic);

  it.each(SIZES)('keep the promise of their intervals, n = %d', (n) => {
    const tallies = { p50: new Tally(), p95: new Tally(), mean: new Tally() };
    for (let run = 0; run < RUNS; run++) {
      const values = traffic(n, createRandom(1_000 + run));
      const { percentiles, meanInterval } = summarize(values, [50, 95]);
      const sorted = sortedCopy(values);
      for (const [index, percent] of [50, 95].entries()) {
        const figure = `p${percent}` as 'p50' | 'p95';
        const independent = percentileInterval(sorted, percent);
        tallies[figure].add(percentiles[index]!.interval, truth[figure], independent);
      }
      tallies.mean.add(meanInterval, truth.mean);
    }
    for (const [figure, tally] of Object.entries(tallies)) {
      console.log(`${name}, n ${n}, ${figure}: ${tally.text()}`);
      expectPromise(tally);
    }
    if (name === 'independent') {
      expect(tallies.p50.resolved + tallies.p95.resolved).toBe(2 * RUNS);
      expect(tallies.p50.wider).toBeLessThanOrEqual(1.15);
      expect(tallies.p95.wider).toBeLessThanOrEqual(1.15);
    }
  });
});

describe.each(Object.keys(OUTCOMES))('outcomes, %s', (name) => {
  const traffic = OUTCOMES[name]!;
  const all = traffic(TRUTH_REQUESTS, createRandom(77));
  const truth = all.reduce((sum, value) => sum + value, 0) / all.length;

  it.each(SIZES)('keep the promise of their intervals, n = %d', (n) => {
    const tally = new Tally();
    for (let run = 0; run < RUNS; run++) {
      tally.add(shareInterval(traffic(n, createRandom(1_000 + run))), truth);
    }
    console.log(`${name}, n ${n}: ${tally.text()}`);
    expect(tally.resolved).toBe(RUNS);
    expectPromise(tally);
  });
});

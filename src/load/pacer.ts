import { createRandom } from '../base/random.ts';

/**
 * When requests are due: milliseconds from the start for the `sent`-th request (from 0), a pure
 * function that never decreases; undefined once the schedule is over.
 */
export type Pacer = (sent: number) => number | undefined;

/** One leg of a staged schedule: the rate moves linearly to `ratePerSecond` over `durationMs`. */
export interface Stage {
  durationMs: number;
  ratePerSecond: number;
}

/** Evenly spaced arrivals, the first at 0. */
export function constantPacer(ratePerSecond: number): Pacer {
  const gapMs = 1_000 / ratePerSecond;
  return (sent) => sent * gapMs;
}

/** Poisson arrivals: independent exponential gaps, the same for the same seed. */
export function poissonPacer(ratePerSecond: number, seed: number): Pacer {
  const random = createRandom(seed);
  const dueMs: number[] = [];
  let elapsedMs = 0;
  return (sent) => {
    while (dueMs.length <= sent) {
      elapsedMs -= (Math.log(1 - random.next()) * 1_000) / ratePerSecond;
      dueMs.push(elapsedMs);
    }
    return dueMs[sent];
  };
}

/**
 * Stages one after the other, each a straight line from the rate before it (0 at first). The n-th
 * request is due when the integral of the rate reaches n, solved leg by leg.
 */
export function stagesPacer(stages: readonly Stage[]): Pacer {
  const legs = legsOf(stages);
  return (sent) => {
    const leg = legs.find(({ endCount }) => sent < endCount - 1e-9);
    return leg && leg.startMs + timeWithin(leg, sent - leg.startCount);
  };
}

interface Leg {
  startMs: number;
  durationMs: number;
  /** Requests due before the leg, and up to its end. */
  startCount: number;
  endCount: number;
  /** Per millisecond. */
  fromRate: number;
  toRate: number;
}

function legsOf(stages: readonly Stage[]): Leg[] {
  let [startMs, startCount, fromRate] = [0, 0, 0];
  return stages.map(({ durationMs, ratePerSecond }) => {
    const toRate = ratePerSecond / 1_000;
    const endCount = startCount + ((fromRate + toRate) / 2) * durationMs;
    const leg = { startMs, durationMs, startCount, endCount, fromRate, toRate };
    [startMs, startCount, fromRate] = [startMs + durationMs, endCount, toRate];
    return leg;
  });
}

/** Solves from·t + slope·t²/2 = count for t ≥ 0, in the form that stays exact for a slope of 0. */
function timeWithin(leg: Leg, count: number): number {
  if (leg.durationMs === 0) return 0;
  const slope = (leg.toRate - leg.fromRate) / leg.durationMs;
  const root = Math.sqrt(Math.max(0, leg.fromRate ** 2 + 2 * slope * count));
  return count <= 0 ? 0 : (2 * count) / (leg.fromRate + root);
}

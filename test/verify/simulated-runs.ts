import { createRandom, mixSeed, type Random } from '../../src/base/random.ts';
import { hitRate } from '../../src/verify/evidence/hit-rate.ts';
import type { MeasuredSample } from '../../src/verify/evidence/measured.ts';
import { hitRateCheck } from '../../src/verify/judge/hit-rate-check.ts';
import type { HitRate } from '../../src/verify/result/result-evidence.ts';
import { enginesOf, measured, runOf } from './measured.ts';

/** Where a router sends a prompt that engine number `holder` of `k` holds. */
export type Router = (holder: number, k: number, random: Random) => number;

export const perfect: Router = (holder) => holder;
export const wrong: Router = (holder, k) => (holder + 1) % k;
export const blind: Router = (_holder, k, random) => random.int(k);

export interface RunSize {
  k: number;
  rounds: number;
  perBlock: number;
  runs: number;
}

/** How the claim of a hit rate is judged. */
export function outcomeOf(found: HitRate): string {
  return hitRateCheck({ figures: { hitRate: found }, refusal: null } as never)!.outcome;
}

/** Of so many simulated runs, those in which the router passes; holders are balanced, as in the experiment. */
export function passesOf(size: RunSize, router: Router): number {
  const random = createRandom(mixSeed(5, size.k, size.rounds));
  let passed = 0;
  for (let run = 0; run < size.runs; run++) {
    const found = hitRate(runOf(simulated(size, router, random), { k: size.k }));
    if (outcomeOf(found) === 'pass') passed++;
  }
  return passed;
}

function simulated(
  { k, rounds, perBlock }: RunSize,
  router: Router,
  random: Random,
): MeasuredSample[] {
  const ids = enginesOf(k).map(({ id }) => id);
  return Array.from({ length: rounds * perBlock }, (_, id) => {
    const holder = id % k;
    const experiment = { holderId: ids[holder]! };
    const headerServedBy = ids[router(holder, k, random)]!;
    return measured({ id, block: id % rounds, headerServedBy, experiment });
  });
}

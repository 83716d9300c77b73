import { createRandom, type Random } from '../../src/base/random.ts';
import type { Pair } from '../../src/stats/compare.ts';
import { type DesignKind, designBlocks } from '../../src/stats/design.ts';

/** What disturbs a simulated machine while an experiment runs. */
export type Disturbance = 'none' | 'drift' | 'warm-up' | 'correlated';

export interface Experiment {
  seed: number;
  /** True treated ÷ base of every percentile. */
  effect: number;
  rounds: number;
  perBlock: number;
  /** Standard deviation of ln latency. */
  sigma?: number;
  disturbance?: Disturbance;
  design?: DesignKind;
}

/**
 * Two arms of lognormal latencies around 100 ms, measured block after block on a machine whose
 * slowness follows the disturbance: 10 % linear drift, a 12 % slow first third, or AR(1) noise
 * between blocks (ρ = 0.6, innovations of 8 %).
 */
export function simulatePairs(experiment: Experiment): { base: number[]; treated: number[] }[] {
  const { seed, effect, rounds, perBlock, sigma = 0.5 } = experiment;
  const random = createRandom(seed);
  const slowness = disturbanceOf(experiment.disturbance ?? 'none', 2 * rounds, random);
  const pairs = Array.from({ length: rounds }, () => ({
    base: [] as number[],
    treated: [] as number[],
  }));
  const design = { kind: experiment.design ?? 'random-blocks', seed } as const;
  for (const { index, round, arm } of designBlocks(['base', 'treated'], rounds, design)) {
    const scale = 100 * slowness[index]! * (arm === 'treated' ? effect : 1);
    for (let i = 0; i < perBlock; i++) {
      pairs[round]![arm].push(scale * Math.exp(sigma * random.normal()));
    }
  }
  return pairs satisfies Pair[];
}

export interface Run {
  seed: number;
  blocks: number;
  perBlock: number;
  /** Blocks of other arms measured for each of ours: 5 in a verification, 1 where there is one arm. */
  arms: number;
  disturbance: Disturbance;
}

/** One arm of one run, on a machine that nobody else's run shares. */
export function simulateRun({ seed, blocks, perBlock, arms, disturbance }: Run): number[][] {
  const random = createRandom(seed);
  const slowness = disturbanceOf(disturbance, blocks * arms, random);
  return Array.from({ length: blocks }, (_, block) => {
    const scale = 100 * slowness[block * arms + random.int(arms)]!;
    return Array.from({ length: perBlock }, () => scale * Math.exp(0.5 * random.normal()));
  });
}

function disturbanceOf(kind: Disturbance, slots: number, random: Random): number[] {
  let level = 0;
  return Array.from({ length: slots }, (_, slot) => {
    switch (kind) {
      case 'none':
        return 1;
      case 'drift':
        return 1 + (0.1 * slot) / slots;
      case 'warm-up':
        return slot < slots / 3 ? 1.12 : 1;
      case 'correlated':
        level = 0.6 * level + 0.08 * random.normal();
        return Math.exp(level);
    }
  });
}

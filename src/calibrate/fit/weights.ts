import { fitLinear } from '../../stats/linear-fit.ts';
import type { Observation } from '../observe/observation.ts';
import { type TermName, timeOf } from '../terms.ts';

export type TermValues = Readonly<Record<TermName, number>>;

/** Relative noise, as a profile's jitter has it. */
export interface Noise {
  /** Of a chunk's prefill work. */
  ttftCv: number;
  /** Of a step. */
  itlCv: number;
  /** Of the end of an answer, and of a first token beside its work; ms squared. */
  endVariance: number;
  firstVariance: number;
}

/** Before anything is known. */
export const FIRST_GUESS: Noise = { ttftCv: 0.1, itlCv: 0.1, endVariance: 1, firstVariance: 0.25 };

/** No clock is better than this; a fit without noise would otherwise divide by 0. */
const CLOCK_VARIANCE = 0.001 ** 2;

/** 1 ÷ the variance that an observation has by the noise and the terms' values. */
export function weightOf(it: Observation, values: TermValues, noise: Noise): number {
  return 1 / (varianceOf(it, values, noise) + CLOCK_VARIANCE);
}

function varianceOf(it: Observation, values: TermValues, noise: Noise): number {
  if (it.kind === 'end') return noise.endVariance;
  if (it.kind === 'step') return (noise.itlCv * timeOf(it.amounts, values)) ** 2 / it.steps;
  return noise.firstVariance + noise.ttftCv ** 2 * squaredWork(it, values);
}

function squaredWork({ chunks }: Observation, values: TermValues): number {
  return chunks.reduce((sum, it) => sum + timeOf(it, values) ** 2, 0);
}

/**
 * The noise that the residuals show.
 * @param before as it was believed to be, which says how much a residual can tell of it
 */
export function noiseOf(
  observations: readonly Observation[],
  values: TermValues,
  before: Noise,
): Noise {
  const of = (kind: Observation['kind']) =>
    observations
      .filter((it) => it.kind === kind)
      .map((it) => ({ it, squared: (it.ms - timeOf(it.amounts, values)) ** 2 }));
  const steps = of('step').map(
    ({ it, squared }) => (squared * it.steps) / Math.max(timeOf(it.amounts, values), 1e-6) ** 2,
  );
  const firsts = of('first-token').map(({ it, squared }) => ({
    squared,
    work: squaredWork(it, values),
  }));
  return {
    itlCv: Math.sqrt(meanOf(steps)),
    endVariance: meanOf(of('end').map(({ squared }) => squared)),
    ...firstNoise(firsts, before),
  };
}

/** What grows with the work, and what does not. */
function firstNoise(
  firsts: readonly { squared: number; work: number }[],
  before: Noise,
): Pick<Noise, 'ttftCv' | 'firstVariance'> {
  const typical = (work: number): number =>
    before.firstVariance + before.ttftCv ** 2 * work + CLOCK_VARIANCE;
  const fit = fitLinear(
    firsts.map(({ squared, work }) => ({
      amounts: [1, work],
      y: squared,
      weight: 1 / typical(work) ** 2,
    })),
  );
  if (!fit) {
    return { ttftCv: 0, firstVariance: meanOf(firsts.map(({ squared }) => squared)) };
  }
  const [firstVariance, share] = fit.values as [number, number];
  return { ttftCv: Math.sqrt(share), firstVariance };
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, it) => sum + it, 0) / values.length;
}

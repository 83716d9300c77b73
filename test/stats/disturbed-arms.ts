import type { Random } from '../../src/base/random.ts';
import { shuffled } from '../../src/base/shuffled.ts';
import type { Pair } from '../../src/stats/compare.ts';

/** Two arms that do not differ, `rounds` blocks of `perBlock` requests each. */
export type Arms = (size: { rounds: number; perBlock: number }, random: Random) => Pair[];

type Draw = (random: Random) => number;

const lognormal =
  (sigma: number): Draw =>
  (random) =>
    Math.exp(sigma * random.normal());

/** A share of the requests takes eight times as long. */
const bimodal =
  (share: number): Draw =>
  (random) =>
    lognormal(0.2)(random) * (random.next() < share ? 8 : 1);

const pareto: Draw = (random) => (1 - random.next()) ** (-1 / 1.5);

/** Requests independent of each other, scaled by what their block shares. */
function blocks(draw: Draw, scale: Draw = () => 1): Arms {
  const block = (perBlock: number, random: Random): number[] => {
    const factor = 100 * scale(random);
    return Array.from({ length: perBlock }, () => factor * draw(random));
  };
  return ({ rounds, perBlock }, random) =>
    Array.from({ length: rounds }, () => ({
      base: block(perBlock, random),
      treated: block(perBlock, random),
    }));
}

/** ln latency is AR(1), ρ 0.95, within a block. */
const autoregressive: Arms = ({ rounds, perBlock }, random) => {
  const block = (): number[] => {
    let level = random.normal();
    return Array.from({ length: perBlock }, () => {
      level = 0.95 * level + Math.sqrt(1 - 0.95 ** 2) * random.normal();
      return 100 * Math.exp(0.5 * level);
    });
  };
  return Array.from({ length: rounds }, () => ({ base: block(), treated: block() }));
};

/** Every fifth block, the first of each round of five arms, pauses in three of ten requests. */
const pausing: Arms = ({ rounds, perBlock }, random) => {
  const block = (isFirst: boolean): number[] =>
    Array.from({ length: perBlock }, () => {
      const pause = isFirst && random.next() < 0.3 ? 4 : 1;
      return 100 * pause * lognormal(0.35)(random);
    });
  return Array.from({ length: rounds }, () => {
    const [first] = shuffled(['base', 'treated', 'C', 'D', 'E'], random.int(2 ** 31));
    return { base: block(first === 'base'), treated: block(first === 'treated') };
  });
};

export const DISTURBED: Readonly<Record<string, Arms>> = {
  quiet: blocks(lognormal(0.5)),
  'σ 1': blocks(lognormal(1)),
  'Pareto 1.5': blocks(pareto),
  'bimodal 80/20': blocks(bimodal(0.2)),
  'bimodal 95/5': blocks(bimodal(0.05)),
  'block noise 30 %': blocks(lognormal(0.3), lognormal(0.3)),
  'AR .95 in blocks': autoregressive,
  'pause, block of 5': pausing,
  '10 % of blocks ×3': blocks(lognormal(0.5), (random) => (random.next() < 0.1 ? 3 : 1)),
};

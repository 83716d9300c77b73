/** Numbers in [0, 1) that a seed decides. */
export type Chance = () => number;

/** Mulberry32, Tommy Ettinger's 32-bit generator. Written anew: the rig shares no code with what it judges. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of `count` indices, evenly. */
export function indexOf(chance: Chance, count: number): number {
  return Math.floor(chance() * count);
}

/** A factor around 1 whose logarithm has the given standard deviation (Box and Muller). */
export function jitter(chance: Chance, sigma: number): number {
  if (sigma === 0) return 1;
  const radius = Math.sqrt(-2 * Math.log(1 - chance()));
  return Math.exp(sigma * radius * Math.cos(2 * Math.PI * chance()));
}

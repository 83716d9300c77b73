/** A seeded stream of random numbers; equal seeds give equal streams on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of randomness. */
  next(): number;
  /** Uniform integer in [0, bound). */
  int(bound: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
}

/** 32-bit FNV-1a over UTF-16 code units, then avalanched; good enough to spread seeds, not a secret. */
export function hash32(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return avalanche(hash);
}

/** Derives a seed from a parent seed and a path of names, so streams do not depend on each other. */
export function mixSeed(seed: number, ...path: readonly (string | number)[]): number {
  let mixed = avalanche(seed);
  for (const part of path) mixed = hash32(String(part), mixed);
  return mixed;
}

/** MurmurHash3's 32-bit finaliser. */
function avalanche(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** sfc32 (Chris Doty-Humphrey's Small Fast Counting generator, 32-bit), warmed up by 12 rounds. */
export function createRandom(seed: number): Random {
  let a = avalanche(seed);
  let b = avalanche(a ^ 0x9e3779b9);
  let c = avalanche(b ^ 0x85ebca6b);
  let counter = 1;
  const next32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next32();

  const next = (): number => next32() / 4_294_967_296;
  return {
    next,
    int: (bound) => Math.floor(next() * bound),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}

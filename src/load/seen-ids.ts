import type { Sample } from './sample.ts';

const BITS = 32;

/** The requests of a log: their ids number those of one phase, arm and block. */
export class SeenIds {
  /** By phase, arm and block; a bit for an id. */
  readonly #words = new Map<string, Map<number, number>>();

  /** False for one that was there before. */
  add({ phase, arm, block, id }: Pick<Sample, 'phase' | 'arm' | 'block' | 'id'>): boolean {
    const key = `${phase} ${block} ${arm}`;
    const words = this.#words.get(key) ?? new Map<number, number>();
    this.#words.set(key, words);
    const place = Math.floor(id / BITS);
    const word = words.get(place) ?? 0;
    const bit = 1 << (id % BITS);
    words.set(place, word | bit);
    return (word & bit) === 0;
  }
}

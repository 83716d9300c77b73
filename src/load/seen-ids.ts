import type { Sample } from './sample.ts';

const BITS = 32;
const PAGE_WORDS = 32;
const PAGE_IDS = PAGE_WORDS * BITS;

/** The requests of a log: their ids number those of one phase, arm and block. */
export class SeenIds {
  /** By phase, arm and block; a bit for an id, in pages, so that neither few nor many ids cost much. */
  readonly #pages = new Map<string, Map<number, Uint32Array>>();

  /** False for one that was there before. */
  add({ phase, arm, block, id }: Pick<Sample, 'phase' | 'arm' | 'block' | 'id'>): boolean {
    const key = `${phase} ${block} ${arm}`;
    const pages = this.#pages.get(key) ?? new Map<number, Uint32Array>();
    this.#pages.set(key, pages);
    const number = Math.floor(id / PAGE_IDS);
    const page = pages.get(number) ?? new Uint32Array(PAGE_WORDS);
    pages.set(number, page);
    const place = Math.floor((id % PAGE_IDS) / BITS);
    const bit = 1 << (id % BITS);
    const isNew = (page[place]! & bit) === 0;
    page[place]! |= bit;
    return isNew;
  }
}

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { type HashList, HolderIndex } from '../../../src/simulate/fleet/holder-index.ts';

const list = (hashes: readonly number[]): HashList => ({
  count: hashes.length,
  hashAt: (index) => hashes[index]!,
});

/** The same, kept as nobody would who is in a hurry. */
class NaiveIndex {
  readonly #holders = new Map<number, Set<number>>();
  readonly #stored = new Set<number>();
  readonly #seen = new Set<number>();

  add(hash: number, engine: number): void {
    this.#holders.set(hash, (this.#holders.get(hash) ?? new Set()).add(engine));
    this.#stored.add(hash);
    this.#seen.add(hash);
  }

  remove(hash: number, engine: number): void {
    this.#holders.get(hash)?.delete(engine);
  }

  note(hashes: readonly number[]): void {
    for (const hash of hashes) this.#seen.add(hash);
  }

  match(hashes: readonly number[], engines: number) {
    const leading = (isThere: (hash: number) => boolean): number => {
      const end = hashes.findIndex((hash) => !isThere(hash));
      return end === -1 ? hashes.length : end;
    };
    const held = Array.from({ length: engines }, (_, engine) => engine)
      .map((engine) => [engine, leading((hash) => this.#holders.get(hash)?.has(engine) ?? false)])
      .filter(([, blocks]) => blocks! > 0);
    return {
      seenBlocks: leading((hash) => this.#seen.has(hash)),
      storedBlocks: leading((hash) => this.#stored.has(hash)),
      held,
    };
  }
}

describe('who holds a prompt', () => {
  it.each([1, 3, 33, 100])('is told of %i engines as a naive index tells it', (engines) => {
    const random = createRandom(engines);
    const index = new HolderIndex(engines);
    const naive = new NaiveIndex();
    const hashes = Array.from({ length: 40 }, (_, at) => at + 1);
    for (let round = 0; round < 3_000; round++) {
      const hash = 1 + random.int(40);
      const engine = random.int(engines);
      const prompt = hashes.slice(random.int(5), random.int(41));
      switch (random.int(4)) {
        case 0:
        case 1:
          index.add(hash, engine);
          naive.add(hash, engine);
          break;
        case 2:
          index.remove(hash, engine);
          naive.remove(hash, engine);
          break;
        default:
          index.match(list(prompt), true);
          naive.note(prompt);
      }
      const { seenBlocks, storedBlocks, engines: found, blocks } = index.match(list(prompt));
      const held = found.map((it, at) => [it, blocks[at]!]).sort(([a], [b]) => a! - b!);
      expect({ seenBlocks, storedBlocks, held }).toEqual(naive.match(prompt, engines));
    }
  });
});

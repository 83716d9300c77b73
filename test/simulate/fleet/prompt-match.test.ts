import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { HolderIndex } from '../../../src/simulate/fleet/holder-index.ts';
import {
  type HashList,
  matchClosed,
  matchScattered,
  type PromptMatch,
} from '../../../src/simulate/fleet/prompt-match.ts';

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

const sorted = ({ seenBlocks, storedBlocks, engines, blocks }: PromptMatch) => ({
  seenBlocks,
  storedBlocks,
  held: engines.map((it, at) => [it, blocks[at]!]).sort(([a], [b]) => a! - b!),
});

const SIZES = [1, 3, 33, 100];

describe('who holds a prompt', () => {
  it.each(SIZES)('is told of %i engines as a naive index tells it', (engines) => {
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
          for (const it of prompt) index.see(it);
          naive.note(prompt);
      }
      const match = matchScattered(index, list(prompt));
      expect(sorted(match)).toEqual(naive.match(prompt, engines));
    }
  });

  it.each(SIZES)(
    'is told the same from a few blocks, where tails go before heads, of %i',
    (engines) => {
      const random = createRandom(engines);
      const index = new HolderIndex(engines);
      const naive = new NaiveIndex();
      /** By engine and branch of a prompt with two ways to go on from block 12, how many blocks it has. */
      const held = Array.from({ length: engines }, () => [0, 0]);
      const hashOf = (branch: number, block: number): number =>
        block < 12 ? block + 1 : 100 * (branch + 1) + block;
      const lengths = new Set<string>();
      for (let round = 0; round < 600; round++) {
        const [engine, branch] = [random.int(engines), random.int(2)];
        const [before, other] = [held[engine]![branch]!, held[engine]![1 - branch]!];
        const after = random.int(41);
        held[engine]![branch] = after;
        for (let block = before; block < after; block++) {
          index.add(hashOf(branch, block), engine);
          naive.add(hashOf(branch, block), engine);
        }
        for (let block = before - 1; block >= after; block--) {
          if (block < 12 && block < other) continue;
          index.remove(hashOf(branch, block), engine);
          naive.remove(hashOf(branch, block), engine);
        }
        const prompt = Array.from({ length: random.int(50) }, (_, block) => hashOf(branch, block));
        const match = sorted(matchClosed(index, list(prompt)));
        expect(match).toEqual(naive.match(prompt, engines));
        for (const [, blocks] of match.held) lengths.add(String(blocks));
        if (round % 7 > 0) continue;
        for (const it of prompt) index.see(it);
        naive.note(prompt);
      }
      expect(lengths.size).toBeGreaterThan(10);
    },
  );
});

import * as assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Allocation, BlockCache } from '../../../mocks/kv/block-cache.ts';
import { TokenChain } from '../../../mocks/kv/blocks.ts';
import { NaiveCache, type NaiveBlock, type NaiveHold } from './naive-cache.ts';

const SIZE = 4;
const PIN_BUDGET = 0.5;

/** Few tokens, so that prompts share prefixes; a first word decides the family. */
const promptTokens = fc
  .record({
    family: fc.nat(2),
    shared: fc.integer({ min: 0, max: 24 }),
    tail: fc.array(fc.nat(1), { maxLength: 10 }),
  })
  .map(({ family, shared, tail }) => [
    family,
    ...Array.from({ length: shared }, (_, index) => (index * 7 + family) % 5),
    ...tail,
  ]);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('start' as const), tokens: promptTokens }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('compute' as const),
      which: fc.nat(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('decode' as const),
      which: fc.nat(),
      token: fc.nat(1),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('finish' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('store' as const), tokens: promptTokens }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pin' as const),
      tokens: promptTokens,
      ttlMs: fc.integer({ min: 1, max: 200 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('unpin' as const),
      tokens: promptTokens,
      which: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('evict' as const), tokens: promptTokens }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 30 }) }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer Kind> ? Kind : never;

interface Running {
  real: Allocation;
  naive: NaiveHold;
  computed: number;
}

/** Drives both caches through the same history and compares them after every step. */
class Pair {
  readonly naive: NaiveCache;
  readonly real: BlockCache;
  readonly running: Running[] = [];
  readonly removed: number[] = [];
  readonly stored = new Set<number>();
  nowMs = 0;
  unpinned = 0;
  readonly #pinned: number[][] = [];
  #pins: { blocks: NaiveBlock[]; expiresMs: number }[] = [];
  /** Prefix text → hash, learned from the prompts. */
  readonly #hashes = new Map<string, number>();

  constructor(blocks: number) {
    this.naive = new NaiveCache(blocks, SIZE, PIN_BUDGET);
    this.real = new BlockCache({
      blocks,
      blockSize: SIZE,
      pinBudget: PIN_BUDGET,
      nowMs: () => this.nowMs,
      observer: {
        onStored: (chain, first, count) => {
          for (let index = first; index < first + count; index++)
            this.#noteStored(chain.hash(index));
        },
        onRemoved: (hashes) => this.#noteRemoved(hashes),
        onCleared: (hashes) => {
          this.#noteRemoved(hashes);
          assert.equal(this.stored.size, 0);
        },
      },
    });
  }

  apply(one: Step): void {
    switch (one.do) {
      case 'start':
        return this.#start(one.tokens);
      case 'compute':
        return this.#compute(one.which, one.share);
      case 'decode':
        return this.#decode(one.which, one.token, one.times);
      case 'finish':
        return this.#finish(one.which);
      case 'store':
        return this.#store(one.tokens);
      case 'pin':
        return this.#pin(one.tokens, one.ttlMs);
      case 'unpin':
        return this.#unpin(one.tokens, one.which);
      case 'evict':
        return assert.equal(this.real.evict(this.#chain(one.tokens)), this.naive.evict(one.tokens));
      case 'clear':
        return assert.equal(this.real.clear(), this.naive.clear());
      case 'wait':
        return this.#wait(one.ms);
    }
  }

  check(): void {
    const { pool } = this.real;
    const order = [...pool.evictionOrder()].map((slot) => pool.hash(slot));
    assert.deepEqual(
      order,
      this.naive.idle.map((block) => this.#hashOf(block.prefix)),
    );
    const residents = [...this.naive.idle, ...this.naive.busy].map((b) => this.#hashOf(b.prefix));
    assert.deepEqual(
      this.real
        .residentSlots()
        .map((slot) => pool.hash(slot))
        .sort(ascending),
      residents.sort(ascending),
    );
    assert.deepEqual(
      this.removed,
      this.naive.dropped.map((prefix) => this.#hashOf(prefix)),
    );
    this.#checkConservation();
  }

  #checkConservation(): void {
    const { stored, removed, resident, pinned } = this.real.totals;
    assert.equal(stored - removed, resident);
    assert.equal(this.stored.size, resident);
    const { pool } = this.real;
    assert.equal(pool.freeWeight, this.naive.free() * 1_000);
    assert.equal(pool.evictableWeight, this.naive.idle.length * 1_000);
    assert.equal(pinned, [...this.naive.busy].filter((block) => block.pins > 0).length);
    for (const slot of pool.evictionOrder()) {
      assert.equal(pool.pins(slot), 0);
      assert.equal(pool.refs(slot), 0);
    }
    for (const { real } of this.running) {
      for (let index = 0; index < real.registeredBlocks; index++) {
        assert.equal(pool.hash(real.slots[index]!), real.chain.hash(index));
        assert.equal(this.real.isResident(real.chain.hash(index)), true);
      }
    }
  }

  #start(tokens: number[]): void {
    const chain = this.#chain(tokens);
    assert.equal(this.real.match(chain), this.naive.hits(tokens).length);
    const naive = this.naive.allocate(tokens);
    const real = this.real.allocate(chain);
    assert.equal(real?.cachedBlocks, naive?.cachedBlocks);
    if (real && naive) this.running.push({ real, naive, computed: naive.cachedBlocks * SIZE });
  }

  #compute(which: number, share: number): void {
    const running = this.#pick(which);
    if (!running) return;
    const total = running.naive.tokens.length;
    running.computed += Math.floor((total - running.computed) * share);
    this.#commit(running, running.computed);
  }

  #decode(which: number, token: number, times: number): void {
    const running = this.#pick(which);
    if (!running) return;
    for (let count = 0; count < times; count++) {
      running.real.chain.append([token], 0, 1);
      running.naive.tokens.push(token);
      this.#learn(running.real.chain, running.naive.tokens);
      const grown = this.naive.extend(running.naive);
      assert.equal(this.real.extend(running.real), grown);
      if (!grown) return this.#finish(which);
      running.computed = running.naive.tokens.length;
      this.#commit(running, running.computed);
    }
  }

  #commit({ real, naive }: Running, computed: number): void {
    this.naive.commit(naive, computed);
    this.real.commit(real, computed);
  }

  #finish(which: number): void {
    const running = this.#pick(which);
    if (!running) return;
    this.running.splice(this.running.indexOf(running), 1);
    this.naive.release(running.naive);
    this.real.release(running.real);
  }

  #store(tokens: number[]): void {
    const chain = this.#chain(tokens);
    assert.equal(this.real.store(chain), this.naive.store(tokens));
  }

  #pin(tokens: number[], ttlMs: number): void {
    const blocks = this.naive.pin(tokens);
    assert.equal(this.real.pin(this.#chain(tokens), ttlMs), blocks.length * SIZE);
    if (blocks.length > 0) this.#pinned.push(tokens);
    if (blocks.length > 0) this.#pins.push({ blocks, expiresMs: this.nowMs + ttlMs });
  }

  /** Mostly a prompt that was pinned, since others are seldom resident. */
  #unpin(other: number[], which: number): void {
    const tokens = which % 4 === 0 ? other : (this.#pinned[which % this.#pinned.length] ?? other);
    const found = this.naive.hits(tokens);
    const before = found.filter((block) => block.pins > 0);
    const isWithin = (blocks: NaiveBlock[]): boolean => blocks.every((it) => found.includes(it));
    for (const { blocks } of this.#pins.filter((pin) => isWithin(pin.blocks))) {
      this.naive.unpin(blocks);
    }
    this.#pins = this.#pins.filter((pin) => !isWithin(pin.blocks));
    const freed = before.filter((block) => block.pins === 0).length;
    this.unpinned += freed;
    assert.equal(this.real.unpin(this.#chain(tokens)), freed * SIZE);
  }

  #wait(ms: number): void {
    this.nowMs += ms;
    for (const pin of this.#pins) if (pin.expiresMs <= this.nowMs) this.naive.unpin(pin.blocks);
    this.#pins = this.#pins.filter((pin) => pin.expiresMs > this.nowMs);
    // Any operation makes the real cache look at the time; evicting nothing is one.
    assert.equal(this.real.evict(this.#chain([])), 0);
  }

  #pick(which: number): Running | undefined {
    return this.running[which % Math.max(1, this.running.length)];
  }

  #chain(tokens: number[]): TokenChain {
    const chain = new TokenChain(tokens, SIZE, 1);
    this.#learn(chain, tokens);
    return chain;
  }

  #learn(chain: TokenChain, tokens: readonly number[]): void {
    for (const [index, prefix] of this.naive.prefixes(tokens).entries()) {
      this.#hashes.set(prefix, chain.hash(index));
    }
  }

  #hashOf(prefix: string): number {
    return this.#hashes.get(prefix)!;
  }

  #noteStored(hash: number): void {
    assert.equal(this.stored.has(hash), false);
    this.stored.add(hash);
  }

  #noteRemoved(hashes: readonly number[]): void {
    for (const hash of hashes) {
      assert.equal(this.stored.delete(hash), true);
      this.removed.push(hash);
    }
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

describe('block cache against a naive second implementation', () => {
  it('agrees on hits, residents and eviction order in 1,000 histories, and conserves blocks', () => {
    let evictions = 0;
    let hits = 0;
    let unpinned = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 14 }),
        fc.array(step, { minLength: 5, maxLength: 60 }),
        (blocks, history) => {
          const pair = new Pair(blocks);
          for (const one of history) {
            pair.apply(one);
            pair.check();
          }
          evictions += pair.removed.length;
          unpinned += pair.unpinned;
          hits += pair.running.reduce((sum, { real }) => sum + real.cachedBlocks, 0);
        },
      ),
      { numRuns: 1_000, seed: 20_261_122 },
    );
    // The histories must have exercised what they are about.
    expect(evictions).toBeGreaterThan(1_000);
    expect(hits).toBeGreaterThan(100);
    expect(unpinned).toBeGreaterThan(50);
  }, 120_000);
});

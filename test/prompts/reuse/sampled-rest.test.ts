import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { Reuse } from '../../../src/prompts/reuse/reuse.ts';

const UNIT = 64;
const BLOCKS = 60;
const REQUESTS = 1_200;

/** Requests that go on from one of the last 200, begin as others do, or are new. */
function* requests(seed: number): Generator<{ ids: Float64Array; tokens: number }> {
  const random = createRandom(seed);
  const recent: Float64Array[] = [];
  let fresh = seed * 2 ** 40;
  for (let index = 0; index < REQUESTS; index++) {
    const ids = Float64Array.from({ length: 1 + random.int(BLOCKS) }, () => fresh++);
    const kind = random.next();
    const before = recent[random.int(recent.length)];
    if (kind < 0.5 && before) ids.set(before.subarray(0, random.int(ids.length)));
    else if (kind < 0.8) ids.fill(-1 - random.int(3), 0, ids.length / 2);
    recent[index % 200] = ids;
    yield { ids, tokens: ids.length * UNIT + random.int(UNIT) };
  }
}

/** The same requests counted one by one, and all but the first ones' estimated. */
function both(seed: number, blockSize: number) {
  const options = { unit: UNIT, blockSize, isTrace: true };
  const exact = new Reuse(options);
  const sampled = new Reuse({ ...options, symbolsMax: 2_000 });
  for (const { ids, tokens } of requests(seed)) {
    for (const it of [exact, sampled]) it.add(ids, tokens, { root: '', labelAt: () => '' });
  }
  return { exact, sampled };
}

describe('reuse estimated from a sample of blocks', () => {
  it('lies as near the true one as its error says, over all blocks and sizes of the cache', () => {
    let [inside, all] = [0, 0];
    const errors: number[] = [];
    for (let seed = 1; seed <= 24; seed++) {
      const { exact, sampled } = both(seed, seed % 2 ? UNIT : 2 * UNIT);
      const [curve, estimated] = [exact.curve(), sampled.curve()];
      expect(estimated.sampledOneIn).toBe(64);
      const shares = sampled.shares();
      const error = shares.find((it) => it.blockSize === curve.blockSize)!.error!;
      expect(Math.abs(estimated.distinctBlocks / curve.distinctBlocks - 1)).toBeLessThan(0.3);
      errors.push(error);
      for (const [at, known] of exact.shares().entries()) {
        expect(shares[at]!.blockSize).toBe(known.blockSize);
        expect(shares[at]!.share === null).toBe(known.share === null);
        if (known.blockSize !== curve.blockSize) continue;
        all++;
        if (Math.abs(shares[at]!.share! - known.share!) <= error) inside++;
      }
      for (const size of [0.3, 0.6]) {
        const point = estimated.points[Math.floor(estimated.points.length * size)]!;
        const there = curve.points.findLast(({ blocks }) => blocks <= point.blocks)!;
        all++;
        if (Math.abs(point.share - there.share) <= error) inside++;
      }
    }
    expect(all).toBe(72);
    expect(inside).toBeGreaterThanOrEqual(60);
    expect(Math.max(...errors)).toBeLessThan(0.15);
  });
});

describe('ids of a trace', () => {
  it('are told apart beyond 32 bits', () => {
    const reuse = new Reuse({ unit: 1, blockSize: 16, isTrace: true });
    const labelAt = (): string => '';
    const add = (ids: number[]): number =>
      reuse.add(Float64Array.from(ids), ids.length, { root: '', labelAt });
    add([5, 6, -7, 8]);
    expect(add([5 + 2 ** 32, 6])).toBe(0);
    expect(add([5, 6, 2 ** 32 - 7, 8])).toBe(2);
    expect(add([5, 6, -7, 8 + 3 * 2 ** 40])).toBe(3);
  });
});

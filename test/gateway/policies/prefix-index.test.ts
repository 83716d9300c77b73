import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { viewPrompt } from '../../../src/protocol/openai.ts';
import { hashBlocks } from '../../../src/gateway/policies/block-hash.ts';
import { PrefixIndex } from '../../../src/gateway/policies/prefix-index.ts';

const BLOCK_TOKENS = 16;

const chainOf = (texts: readonly string[], more: object = {}) => {
  const messages = texts.map((content, index) => ({
    role: index % 2 ? 'assistant' : 'user',
    content,
  }));
  const body = Buffer.from(JSON.stringify({ model: 'm', messages, ...more }));
  return hashBlocks(viewPrompt(body, '/v1/chat/completions')!, BLOCK_TOKENS);
};

const indexOf = (clock: VirtualClock, more: object = {}) =>
  new PrefixIndex({
    endpointCount: 3,
    maxBlocks: 1_000,
    ttlMs: 10_000,
    nowMs: () => clock.nowMs(),
    ...more,
  });

const long = 'a long prompt that fills several blocks. '.repeat(20);

describe('block chains', () => {
  it("of a chat's next turn begin with those of the turn before", () => {
    const [first, next] = [chainOf([long]), chainOf([long, 'answer', long])];
    expect(first.count).toBeGreaterThan(8);
    expect([...next.low].slice(0, first.count)).toEqual([...first.low]);
    expect([...next.high].slice(0, first.count)).toEqual([...first.high]);
  });

  it('differ from the first block on under other tools', () => {
    expect(chainOf([long], { tools: [] }).low[0]).not.toBe(chainOf([long]).low[0]);
  });

  it('differ from the changed block on to the end', () => {
    const changed = chainOf([`${long.slice(0, 400)}X${long.slice(401)}`]);
    const plain = chainOf([long]);
    const equal = [...plain.low].map((hash, index) => hash === changed.low[index]);
    expect(equal.indexOf(false)).toBe(Math.floor((400 + 28) / 64));
    expect(equal.slice(equal.indexOf(false))).not.toContain(true);
  });
});

describe('the prefix index', () => {
  it('tells how many leading blocks each endpoint was sent', () => {
    const index = indexOf(new VirtualClock());
    const [first, next] = [chainOf([long]), chainOf([long, 'answer', long])];
    index.record(first, 1);
    index.record(next, 2);
    expect([...index.match(next)]).toEqual([0, first.count, next.count]);
    expect([...index.match(chainOf(['something else '.repeat(40)]))]).toEqual([0, 0, 0]);
  });

  it('agrees with a plain map of prefixes, for any traffic', () => {
    const words = fc.constantFrom(long, `${long}!`, 'other '.repeat(60));
    const request = fc.record({
      texts: fc.array(words, { minLength: 1, maxLength: 3 }),
      to: fc.nat(2),
    });
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 12 }),
        fc.array(words, { minLength: 1, maxLength: 3 }),
        (sent, asked) => {
          const index = indexOf(new VirtualClock(), { maxBlocks: 100_000 });
          const held = [new Set<string>(), new Set<string>(), new Set<string>()];
          for (const { texts, to } of sent) {
            const chain = chainOf(texts);
            index.record(chain, to);
            for (let block = 0; block < chain.count; block++) {
              held[to]!.add(`${chain.low[block]} ${chain.high[block]}`);
            }
          }
          const chain = chainOf(asked);
          const expected = held.map((set) => {
            let blocks = 0;
            while (blocks < chain.count && set.has(`${chain.low[blocks]} ${chain.high[blocks]}`))
              blocks++;
            return blocks;
          });
          expect([...index.match(chain)]).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('works beyond 32 endpoints', () => {
    const index = indexOf(new VirtualClock(), { endpointCount: 70 });
    const chain = chainOf([long]);
    index.record(chain, 69);
    index.record(chain, 31);
    const matched = [...index.match(chain)];
    expect(matched.flatMap((blocks, endpoint) => (blocks > 0 ? [endpoint] : []))).toEqual([31, 69]);
  });

  it('forgets what was not sent again for its time to live', () => {
    const clock = new VirtualClock();
    const index = indexOf(clock);
    const chain = chainOf([long]);
    index.record(chain, 0);
    clock.advanceBy(4_999);
    expect(index.match(chain)[0]).toBe(chain.count);
    clock.advanceBy(5_000);
    expect(index.match(chain)[0]).toBe(chain.count);
    clock.advanceBy(1);
    expect(index.match(chain)[0]).toBe(0);
    expect(index.size).toBe(0);
  });

  it('keeps what is sent again, and never more than its bound', () => {
    const index = indexOf(new VirtualClock(), { maxBlocks: 200 });
    const kept = chainOf(['keep me '.repeat(50)]);
    for (let round = 0; round < 100; round++) {
      index.record(kept, 0);
      index.record(chainOf([`${round} ${long}`]), 1);
      expect(index.size).toBeLessThanOrEqual(200);
    }
    expect(index.match(kept)[0]).toBe(kept.count);
    expect(index.match(chainOf([`0 ${long}`]))[1]).toBe(0);
  });

  it.each([
    ['few', 6, (it: number) => it],
    ['several words of', 70, (it: number) => 13 * it],
    ['very many', 1_100, (it: number) => 219 * it],
  ])('agrees with two plain generations, block by block, of %s endpoints', (_, many, place) => {
    const HALF = 30;
    const random = createRandom(many);
    const endpoints = [0, 1, 2, 3, 4, 5].map(place);
    const index = indexOf(new VirtualClock(), { maxBlocks: 2 * HALF, endpointCount: many });
    let [young, old] = [new Map<string, Set<number>>(), new Map<string, Set<number>>()];
    const chains = Array.from({ length: 12 }, (_, at) =>
      chainOf([`${at % 3} ${long.slice(0, 400)}`, `${at} ${long.slice(0, 40 * at)}`]),
    );
    const keysOf = ({ low, high }: (typeof chains)[number]): string[] =>
      Array.from(low, (hash, block) => `${hash} ${high[block]}`);
    const record = (keys: readonly string[], endpoint: number): void => {
      if (keys.every((it) => young.get(it)?.has(endpoint))) return;
      for (let at = 0; at < keys.length; at++) {
        const isKnown = young.get(keys[at]!)?.has(endpoint) === true;
        if (!isKnown && young.size >= HALF) {
          [young, old, at] = [new Map(), young, 0];
        }
        young.set(keys[at]!, (young.get(keys[at]!) ?? new Set()).add(endpoint));
      }
    };
    const found = new Set<number>();
    for (let round = 0; round < 1_000; round++) {
      const chain = chains[random.int(12)]!;
      const keys = keysOf(chain);
      const expected = endpoints.map((endpoint) => {
        const isHeld = (key: string): boolean =>
          young.get(key)?.has(endpoint) === true || old.get(key)?.has(endpoint) === true;
        const end = keys.findIndex((key) => !isHeld(key));
        return end === -1 ? keys.length : end;
      });
      const matched = index.match(chain);
      expect(endpoints.map((it) => matched[it])).toEqual(expected);
      expect(matched.filter((it) => it > 0)).toHaveLength(expected.filter((it) => it > 0).length);
      for (const blocks of expected) found.add(blocks);
      const endpoint = endpoints[random.int(6)]!;
      index.record(chain, endpoint);
      record(keys, endpoint);
    }
    expect(found.size).toBeGreaterThan(6);
  });
});

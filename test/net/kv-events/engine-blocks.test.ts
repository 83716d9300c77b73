import { describe, expect, it } from 'vitest';
import { EngineBlocks } from '../../../src/net/kv-events/engine-blocks.ts';
import { PromptChain } from '../../../src/net/kv-events/token-chain.ts';
import type { BlocksStored } from '../../../src/protocol/kv-events.ts';

const range = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

/** Blocks of a prompt with these hashes, behind the block with that one. */
function stored(
  hashes: readonly string[],
  tokens: readonly number[],
  more: Partial<BlocksStored> = {},
): BlocksStored {
  return {
    type: 'stored',
    tier: 'GPU',
    hashes,
    parentHash: null,
    tokens,
    blockSize: tokens.length / hashes.length,
    adapter: '',
    extraKeys: hashes.map(() => ''),
    ...more,
  };
}

const matched = (blocks: EngineBlocks, tokens: readonly number[], adapter = ''): number =>
  blocks.matchedTokens(new PromptChain(tokens, adapter));

/** Three blocks of 16, the last told later. */
function threeBlocks(): EngineBlocks {
  const blocks = new EngineBlocks();
  blocks.apply(stored(['a', 'b'], range(32)));
  blocks.apply(stored(['c'], range(16, 32), { parentHash: 'b' }));
  return blocks;
}

describe('what an engine holds', () => {
  it('is found by tokens, as far as they are the same', () => {
    const blocks = threeBlocks();
    expect(matched(blocks, range(100))).toBe(48);
    expect(matched(blocks, [...range(40), 9, 9, ...range(60, 42)])).toBe(32);
    expect(matched(blocks, [1, ...range(100)])).toBe(0);
  });

  it('never covers the last token of a prompt', () => {
    expect(matched(threeBlocks(), range(48))).toBe(32);
    expect(matched(threeBlocks(), range(49))).toBe(48);
  });

  it('ends where a block was removed, also where later ones are still there', () => {
    const blocks = threeBlocks();
    blocks.apply({ type: 'removed', tier: 'GPU', hashes: ['b'] });
    expect(matched(blocks, range(100))).toBe(16);
    expect(blocks.hashes('GPU')).toEqual(['a', 'c']);
  });

  it('is the same when it is told twice', () => {
    const blocks = threeBlocks();
    blocks.apply(stored(['a', 'b'], range(32)));
    blocks.apply({ type: 'removed', tier: 'GPU', hashes: ['a'] });
    expect([blocks.count, matched(blocks, range(100))]).toEqual([2, 0]);
  });

  it('counts as held, but for no prompt, where its beginning was never told', () => {
    const blocks = new EngineBlocks();
    blocks.apply(stored(['c'], range(16, 32), { parentHash: 'b' }));
    expect([blocks.count, matched(blocks, range(100))]).toEqual([1, 0]);
    // Told once more from the start, it is found.
    blocks.apply(stored(['a', 'b', 'c'], range(48)));
    expect([blocks.count, matched(blocks, range(100))]).toEqual([3, 48]);
  });

  it('is compared tier by tier, in blocks of any size', () => {
    const blocks = threeBlocks();
    blocks.apply(stored(['x'], range(256), { tier: 'CPU' }));
    expect(matched(blocks, range(300))).toBe(256);
    expect(matched(blocks, range(200))).toBe(48);
    blocks.apply({ type: 'cleared' });
    expect([blocks.count, matched(blocks, range(300))]).toEqual([1, 256]);
    blocks.forget();
    expect(blocks.count).toBe(0);
  });

  it('is apart for adapters, salts and pictures', () => {
    const blocks = new EngineBlocks();
    blocks.apply(stored(['a'], range(16), { adapter: 'lora' }));
    blocks.apply(stored(['b'], range(16, 50), { extraKeys: ['salt'] }));
    expect(matched(blocks, range(100))).toBe(0);
    expect(matched(blocks, range(100), 'lora')).toBe(16);
    expect(matched(blocks, range(100, 50))).toBe(0);
    expect([...blocks.adapters]).toEqual(['lora']);
  });

  it('of old engines, which tell no salt, is held while one of its like is', () => {
    const blocks = new EngineBlocks();
    blocks.apply(stored(['plain'], range(16)));
    blocks.apply(stored(['salted'], range(16)));
    blocks.apply({ type: 'removed', tier: 'GPU', hashes: ['plain'] });
    expect(matched(blocks, range(100))).toBe(16);
    blocks.apply({ type: 'removed', tier: 'GPU', hashes: ['salted', 'unknown'] });
    expect(matched(blocks, range(100))).toBe(0);
  });
});

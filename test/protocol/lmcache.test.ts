import { describe, expect, it } from 'vitest';
import { decodeDirectory, decodeLookup } from '../../src/protocol/lmcache.ts';

describe('layout_info', () => {
  it('decodes the arrays of the LMCache controller', () => {
    const answer = {
      event_id: 'Lookup1',
      layout_info: { a: ['LocalCPUBackend', 256], b: ['LocalDiskBackend', 512] },
    };
    expect(decodeLookup(answer)).toEqual({
      shape: 'array',
      holdings: [
        { instanceId: 'a', location: 'LocalCPUBackend', matchedTokens: 256 },
        { instanceId: 'b', location: 'LocalDiskBackend', matchedTokens: 512 },
      ],
    });
  });

  it("decodes the objects of Pixiu's sample", () => {
    const answer = { layout_info: { b: { '0': 'ram-b', '1': 8 } } };
    expect(decodeLookup(answer)).toEqual({
      shape: 'object',
      holdings: [{ instanceId: 'b', location: 'ram-b', matchedTokens: 8 }],
    });
  });

  it('takes an empty layout for an answer', () => {
    expect(decodeLookup({ layout_info: {} })).toEqual({ shape: 'none', holdings: [] });
  });

  it.each([
    {},
    null,
    { layout_info: [] },
    { layout_info: { a: 3 } },
    { layout_info: { a: ['x', -1] } },
    { layout_info: { a: ['x', 1.5] } },
    { layout_info: { a: ['x'] } },
    { layout_info: { a: [8, 'x'] } },
  ])('refuses %j', (answer) => {
    expect(decodeLookup(answer)).toBeUndefined();
  });
});

describe('directory lookup', () => {
  const result = (hash: string, ...instances: string[]) => ({
    key: { chunk_hash_hex: hash, model_name: 'm', kv_rank: 0 },
    placements: instances.map((instance) => ({ instance, tier: 'l1', backend: 'x', size: 1 })),
  });
  const size = { sizeTokens: 256, promptTokens: 700 };

  it('counts the leading chunks of every holder', () => {
    const answer = {
      chunks: 3,
      results: [result('0', 'a', 'b'), result('1', 'b'), result('2', 'a')],
    };
    expect(decodeDirectory(answer, size)?.holdings).toEqual([
      { instanceId: 'a', location: 'l1', matchedTokens: 256 },
      { instanceId: 'b', location: 'l1', matchedTokens: 512 },
    ]);
  });

  it('counts a chunk once, however many ranks report it', () => {
    const answer = { chunks: 1, results: [result('0', 'a'), result('0', 'a')] };
    expect(decodeDirectory(answer, size)?.holdings[0]?.matchedTokens).toBe(256);
  });

  it('never matches more than the prompt', () => {
    const answer = { chunks: 1, results: [result('0', 'a')] };
    const short = { sizeTokens: 256, promptTokens: 40 };
    expect(decodeDirectory(answer, short)?.holdings[0]?.matchedTokens).toBe(40);
  });

  it('takes a prompt below one chunk for an answer', () => {
    expect(decodeDirectory({ chunks: 0, results: [] }, size)?.holdings).toEqual([]);
  });

  it.each([{}, { chunks: 1 }, { results: [] }, { chunks: 1, results: [{}] }])(
    'refuses %j',
    (answer) => {
      expect(decodeDirectory(answer, size)).toBeUndefined();
    },
  );
});

import { describe, expect, it } from 'vitest';
import { decodeDirectory, decodeStoredModels } from '../../src/protocol/lmcache-directory.ts';

interface Object {
  chunk: number;
  rank?: number;
  group?: number;
  placements: readonly object[];
  ids?: readonly number[];
}

const result = ({ chunk, rank = 0, group = 0, placements, ids = [] }: Object): object => ({
  key: {
    chunk_hash_hex: String(chunk),
    model_name: '/m',
    kv_rank: rank,
    object_group_id: group,
    cache_salt: '',
  },
  placements,
  token_ids: ids,
  access_count: 0,
});
const on = (instance: string, members: object = {}): object => ({
  instance_id: instance,
  incarnation: 1,
  tier: 'l1',
  backend: 'dram',
  size_bytes: 1,
  shared: false,
  ...members,
});
const SLOW = { tier: 'l2', backend: 'fs' };
const SHARED = { tier: 'l2', backend: 's3', shared: true };

function holdings(chunks: number, objects: readonly Object[], promptTokens = chunks * 256 + 88) {
  return decodeDirectory({ chunks, results: objects.map(result) }, promptTokens)?.holdings;
}

describe('who holds a prompt', () => {
  it('is everyone with its leading chunks', () => {
    expect(
      holdings(3, [
        { chunk: 0, placements: [on('a'), on('b')] },
        { chunk: 1, placements: [on('b')] },
        { chunk: 2, placements: [on('a')] },
      ]),
    ).toEqual([
      { instanceId: 'a', location: 'l1', matchedTokens: 256 },
      { instanceId: 'b', location: 'l1', matchedTokens: 512 },
    ]);
  });

  it('has every rank of a chunk', () => {
    expect(
      holdings(2, [
        { chunk: 0, rank: 1, placements: [on('a'), on('b')] },
        { chunk: 0, rank: 2, placements: [on('b')] },
        { chunk: 1, rank: 1, placements: [on('b')] },
        { chunk: 1, rank: 2, placements: [] },
      ]),
    ).toEqual([{ instanceId: 'b', location: 'l1', matchedTokens: 256 }]);
  });

  it('has every object group of a chunk', () => {
    expect(
      holdings(1, [
        { chunk: 0, group: 0, placements: [on('a'), on('b')] },
        { chunk: 0, group: 1, placements: [on('a')] },
      ]),
    ).toEqual([{ instanceId: 'a', location: 'l1', matchedTokens: 256 }]);
  });

  it('counts for less where chunks lie below memory', () => {
    expect(
      holdings(2, [
        { chunk: 0, placements: [on('a', SLOW), on('b'), on('b', SLOW)] },
        { chunk: 1, placements: [on('a', SLOW), on('b')] },
      ]),
    ).toEqual([
      { instanceId: 'a', location: 'l2', matchedTokens: 512, worthTokens: 256 },
      { instanceId: 'b', location: 'l1', matchedTokens: 512 },
    ]);
  });

  it('is nobody for what lies in a shared tier, whoever reported it', () => {
    const results = [{ chunk: 0, placements: [on('a', SHARED)] }].map(result);
    expect(decodeDirectory({ chunks: 1, results }, 300)).toEqual({
      shape: 'none',
      holdings: [],
      chunkTokens: 256,
      sharedTokens: 256,
    });
  });

  it('can load shared chunks between its own, which do not count in a choice', () => {
    expect(
      holdings(3, [
        { chunk: 0, placements: [on('a')] },
        { chunk: 1, placements: [on('b', SHARED)] },
        { chunk: 2, placements: [on('a')] },
      ]),
    ).toEqual([{ instanceId: 'a', location: 'l1', matchedTokens: 768, worthTokens: 512 }]);
  });

  it('is nobody for a prompt below one chunk', () => {
    expect(holdings(0, [], 40)).toEqual([]);
  });
});

describe('a chunk', () => {
  it('is as long as the token ids that come with it', () => {
    const chunks = [{ chunk: 0, placements: [on('a')], ids: Array<number>(16).fill(7) }];
    expect(holdings(1, chunks, 20)?.[0]?.matchedTokens).toBe(16);
  });

  it('is as short as the number of chunks allows where nobody says', () => {
    // 300 tokens in 2 chunks: of 101 to 150 tokens.
    const chunks = [0, 1].map((chunk) => ({ chunk, placements: [on('a')] }));
    expect(holdings(2, chunks, 300)?.[0]?.matchedTokens).toBe(202);
  });
});

it.each([
  {},
  { chunks: 1 },
  { results: [] },
  { chunks: 1, results: [{}] },
  { chunks: 1, results: [{ key: {}, placements: [{ instance: 'a' }] }] },
])('refuses %j', (answer) => {
  expect(decodeDirectory(answer, 700)).toBeUndefined();
});

it('finds the deployments in a page of keys', () => {
  const key = (model_name: string, kv_rank: number) => ({ key: { model_name, kv_rank } });
  const keys = [
    key('/a', 16_777_472),
    key('/a', 33_554_944),
    key('/a', 33_620_481),
    key('/b', 16_777_472),
  ];
  expect(decodeStoredModels({ total: 9, keys })).toEqual({
    total: 9,
    listed: 4,
    models: [
      { model: '/a', worldSize: 1 },
      { model: '/a', worldSize: 2 },
      { model: '/b', worldSize: 1 },
    ],
  });
  expect(decodeStoredModels({ total: 9 })).toBeUndefined();
  expect(decodeStoredModels({ total: 1, keys: [{}] })).toBeUndefined();
});

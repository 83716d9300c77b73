import { describe, expect, it } from 'vitest';
import { decodeMsgpack, encodeMsgpack } from '../../src/protocol/msgpack.ts';
import { readKvEventBatch } from '../../src/protocol/kv-events.ts';
import { encodeBatch } from '../../mocks/engine/kv-events/msgpack-batch.ts';
import { wireEvent } from '../../mocks/engine/kv-events/wire-event.ts';
import { hashText } from '../../mocks/engine/kv-events/wire-hash.ts';
import { VLLM_VERSIONS, vllmDialect } from '../../mocks/engine/wire/vllm-version.ts';
import type { CacheEvent } from '../../mocks/kv/cache-events.ts';

const read = (payload: unknown) => readKvEventBatch(3, payload).events;

const [one, other, parent] = [2 ** 52 + 1, 7, 2 ** 53 - 1];
const STORED: CacheEvent = {
  type: 'stored',
  hashes: [one, other],
  parentHash: parent,
  tokens: [1, 2, 3, 4],
  blockSize: 2,
};

describe('KV events are read as each vLLM writes them', () => {
  it.each(VLLM_VERSIONS)('%s', (version) => {
    const { kvEvents: dialect } = vllmDialect(version);
    const hasMedium = dialect.members.includes('medium');
    const throughWire = (event: CacheEvent, location: string) => {
      const located = { engineId: 'a', seq: 3, atMs: 0, location, event };
      const wire = wireEvent(located, dialect);
      const bytes = encodeBatch({ seq: 3, ts: 12, event: wire }, dialect.shape);
      return readKvEventBatch(3, decodeMsgpack(bytes));
    };
    const hashes = [hashText(one), hashText(other)];
    expect(throughWire(STORED, 'GPU')).toEqual({
      seq: 3,
      ts: 12,
      events: [
        {
          type: 'stored',
          tier: 'GPU',
          hashes,
          parentHash: hashText(parent),
          tokens: [1, 2, 3, 4],
          blockSize: 2,
          adapter: '',
          extraKeys: ['', ''],
        },
      ],
    });
    const removed = throughWire({ type: 'removed', hashes: [one, other] }, 'LocalCPUBackend');
    const tier = hasMedium ? 'CPU' : 'GPU';
    expect(removed.events).toEqual([{ type: 'removed', tier, hashes }]);
    expect(throughWire({ type: 'cleared' }, 'GPU').events).toEqual([{ type: 'cleared' }]);
  });

  const map = {
    type: 'BlockStored',
    block_hashes: [1],
    parent_block_hash: null,
    token_ids: [5],
    block_size: 1,
  };

  it('with hashes of 32 bytes, many events in a batch, and events nobody knows', () => {
    const bytes = encodeMsgpack([
      1.5,
      [
        ['BlockStored', [Buffer.alloc(32, 0xab)], Buffer.alloc(32, 1), [5], 1, null],
        ['SomethingNew', 1],
        { type: 'BlockRemoved', block_hashes: [0xffff_ffff_ffff_ffffn, -1] },
      ],
      0,
    ]);
    expect(read(decodeMsgpack(bytes))).toMatchObject([
      { type: 'stored', hashes: ['ab'.repeat(32)], parentHash: '01'.repeat(32), tier: 'GPU' },
      // Some write them signed.
      { type: 'removed', hashes: ['f'.repeat(16), 'f'.repeat(16)] },
    ]);
  });

  it('with adapter, salt and pictures', () => {
    const events = [
      { ...map, lora_id: 4, lora_name: 'sql', extra_keys: [['sql', 'tenant']] },
      { ...map, lora_id: 4, extra_keys: [[4]] },
      { ...map, extra_keys: [[['picture', 3]]] },
      { ...map, extra_keys: [null] },
    ];
    expect(read({ ts: 1, events })).toMatchObject([
      { adapter: 'sql', extraKeys: ['tenant'] },
      { adapter: '4', extraKeys: [''] },
      { adapter: '', extraKeys: ['["picture",3]'] },
      { adapter: '', extraKeys: [''] },
    ]);
  });

  it('with members that came later, 0.33 and on', () => {
    const later = { locality: 'local', ownership: null, session_id: 's', lookahead_token_ids: [6] };
    const events = [
      { ...map, ...later },
      { type: 'BlockRemoved', block_hashes: [1], medium: 'GPU', ...later },
    ];
    expect(read(decodeMsgpack(encodeMsgpack([1.5, events, 0, 'more'])))).toMatchObject([
      { type: 'stored', tokens: [5], tier: 'GPU' },
      { type: 'removed', tier: 'GPU' },
    ]);
  });

  it('with groups of layers, of which those with a window count for no prefix', () => {
    const events = [
      { ...map, group_idx: 0, kv_cache_spec_kind: 'full_attention' },
      { ...map, group_idx: 1, kv_cache_spec_kind: 'sliding_window' },
      { ...map, group_idx: 2, kv_cache_spec_kind: 'mla_attention' },
    ];
    expect(read({ ts: 1, events })).toMatchObject([{ tier: 'GPU' }, { tier: 'GPU/2' }]);
  });

  it.each([
    ['a text', 'x'],
    ['no time', [null, []]],
    ['no events', { ts: 1 }],
    ['no hashes', [1, [['BlockRemoved']]]],
    ['hashes that are none', [1, [['BlockRemoved', [1.5]]]]],
    ['too few tokens', { ts: 1, events: [{ ...map, token_ids: [] }] }],
    ['no size', { ts: 1, events: [{ ...map, block_size: 0 }] }],
  ])('and refused where they are not: %s', (_what, payload) => {
    expect(() => read(payload)).toThrow(expect.objectContaining({ code: 'KV_EVENTS_INVALID' }));
  });
});

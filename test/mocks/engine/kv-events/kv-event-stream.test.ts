import { expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { Journal } from '../../../../mocks/admin/journal.ts';
import type { LocatedCacheEvent } from '../../../../mocks/engine/core/located-event.ts';
import {
  type KvEventBatch,
  KvEventStream,
  REPLAY_MAX,
} from '../../../../mocks/engine/kv-events/kv-event-stream.ts';
import { vllmDialect } from '../../../../mocks/engine/wire/vllm-version.ts';
import { FaultBook } from '../../../../mocks/faults/fault-book.ts';

const book = (): FaultBook =>
  new FaultBook({ owner: 'a', seed: 1, clock: new VirtualClock(), journal: new Journal('a') });

function open(version: string, faults = book()): KvEventStream {
  return new KvEventStream({
    dialect: vllmDialect(version).kvEvents,
    faults,
    seed: 1,
    wallMs: () => 1_500,
  });
}

const located = (location: string, event: LocatedCacheEvent['event']): LocatedCacheEvent => ({
  engineId: 'a',
  location,
  seq: 0,
  atMs: 0,
  event,
});

const stored = (location: string, ...hashes: number[]): LocatedCacheEvent =>
  located(location, { type: 'stored', hashes, parentHash: null, tokens: [], blockSize: 16 });

const eventsOf = (batches: readonly KvEventBatch[]): unknown[] => batches.map((it) => it.event);

it('tells of an emptied second tier block by block, and of an emptied GPU at once', () => {
  const stream = open('0.25');
  const seen: KvEventBatch[] = [];
  stream.subscribe((batch) => seen.push(batch));
  stream.publish(stored('LocalCPUBackend', 1, 2, 3));
  stream.publish(located('LocalCPUBackend', { type: 'removed', hashes: [2] }));
  stream.publish(located('LocalCPUBackend', { type: 'cleared' }));
  stream.publish(located('LocalCPUBackend', { type: 'cleared' }));
  stream.publish(located('GPU', { type: 'cleared' }));
  expect(eventsOf(seen.slice(1))).toEqual([
    { type: 'BlockRemoved', block_hashes: [2], medium: 'CPU' },
    { type: 'BlockRemoved', block_hashes: [1, 3], medium: 'CPU' },
    { type: 'AllBlocksCleared' },
  ]);
  expect(seen.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
});

it('tells of the second tier only as vLLM versions that hear of it', () => {
  for (const [version, count] of [
    ['0.9', 1],
    ['0.10', 1],
    ['0.21', 2],
    ['0.25', 2],
  ] as const) {
    const stream = open(version);
    stream.publish(stored('GPU', 1));
    stream.publish(stored('LocalCPUBackend', 2));
    expect([version, stream.published]).toEqual([version, count]);
  }
});

it('keeps so many batches and no more', () => {
  const stream = open('0.25');
  for (let hash = 0; hash < REPLAY_MAX + 5; hash++) stream.publish(stored('GPU', hash));
  expect(stream.oldest).toBe(5);
  const kept = stream.since(0);
  expect([kept.length, kept[0]!.seq, kept.at(-1)!.seq]).toEqual([REPLAY_MAX, 5, REPLAY_MAX + 4]);
  expect(stream.since(REPLAY_MAX + 4)).toMatchObject([{ seq: REPLAY_MAX + 4, ts: 1.5 }]);
  expect(stream.since(REPLAY_MAX + 5)).toEqual([]);
  expect(stream.since(2 ** 64)).toEqual([]);
});

it('that is silenced gives nothing a number, and keeps nothing for a replay', () => {
  const faults = book();
  const stream = open('0.25', faults);
  stream.publish(stored('GPU', 1));
  faults.replace([{ when: {}, times: 2, action: { kind: 'kvSilence', parameters: {} } }]);
  for (const hash of [2, 3, 4]) stream.publish(stored('GPU', hash));
  expect(stream.since(0).map(({ seq }) => seq)).toEqual([0, 1]);
  expect(stream.published).toBe(2);
  expect(Object.fromEntries(faults.counts)).toEqual({ kvSilence: 2 });
});

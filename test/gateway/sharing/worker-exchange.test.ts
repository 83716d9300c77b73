import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { MemoryNote } from '../../../src/gateway/sharing/note.ts';
import { isNotes, workerExchange } from '../../../src/gateway/sharing/worker-exchange.ts';

const noteAt = (at: number): MemoryNote => ({
  cluster: 'llm',
  endpoint: 'a',
  blockTokens: 16,
  low: Uint32Array.of(at),
  high: Uint32Array.of(at),
});

it('sends the notes of one turn together, the newest of too many, and none when nobody listens', async () => {
  const sent: unknown[] = [];
  const channel = Object.assign(new EventEmitter(), {
    connected: true,
    send: (message: unknown) => sent.push(message),
  });
  const exchange = workerExchange(channel);
  for (let at = 0; at < 300; at++) exchange.tell(noteAt(at));
  await setImmediate();
  expect(sent).toHaveLength(1);
  const [message] = sent;
  if (!isNotes(message)) throw new Error('no notes');
  expect(message.notes).toHaveLength(256);
  expect(message.notes.at(-1)).toEqual(noteAt(299));
  channel.connected = false;
  exchange.tell(noteAt(1));
  await setImmediate();
  expect(sent).toHaveLength(1);
});

it('hands on what it is told, and leaves other messages alone', () => {
  const channel = Object.assign(new EventEmitter(), { connected: true, send: () => {} });
  const told: MemoryNote[] = [];
  workerExchange(channel).onTold((note) => told.push(note));
  for (const message of [null, 'x', { type: 'metrics' }, { type: 'notes', notes: [noteAt(1)] }]) {
    channel.emit('message', message);
  }
  expect(told).toEqual([noteAt(1)]);
});

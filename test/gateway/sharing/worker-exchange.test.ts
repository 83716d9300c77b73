import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import type { MemoryNote } from '../../../src/gateway/sharing/note.ts';
import {
  isNotes,
  notesIn,
  packNotes,
  workerExchange,
} from '../../../src/gateway/sharing/worker-exchange.ts';

const noteAt = (at: number, blocks = 1): MemoryNote => ({
  cluster: 'llm',
  endpoint: `engine-${at}`,
  blockTokens: 16,
  low: Uint32Array.from({ length: blocks }, (_, block) => at + block),
  high: Uint32Array.from({ length: blocks }, (_, block) => 2 ** 32 - 1 - block),
});

it('sends the notes of a moment together, the newest of too many, and none when nobody listens', () => {
  const sent: unknown[] = [];
  const channel = Object.assign(new EventEmitter(), {
    connected: true,
    send: (message: unknown) => sent.push(message),
  });
  const clock = new VirtualClock();
  const exchange = workerExchange(channel, clock);
  for (let at = 0; at < 1_100; at++) exchange.tell(noteAt(at));
  expect(sent).toHaveLength(0);
  clock.advanceBy(5);
  expect(sent).toHaveLength(1);
  const [message] = sent;
  if (!isNotes(message)) throw new Error('no notes');
  const notes = [...notesIn(message)];
  expect(notes).toHaveLength(1_024);
  expect(notes.at(-1)).toEqual(noteAt(1_099));
  channel.connected = false;
  exchange.tell(noteAt(1));
  clock.advanceBy(5);
  expect(sent).toHaveLength(1);
});

it('hands on what it is told, and leaves other messages alone', () => {
  const channel = Object.assign(new EventEmitter(), { connected: true, send: () => {} });
  const told: MemoryNote[] = [];
  const notes = [noteAt(1), noteAt(7, 0), noteAt(3, 40), noteAt(9, 2)];
  workerExchange(channel, new VirtualClock()).onTold((note) => told.push(note));
  for (const message of [null, 'x', { type: 'metrics' }, packNotes(notes)]) {
    channel.emit('message', message);
  }
  expect(told).toEqual(notes);
});

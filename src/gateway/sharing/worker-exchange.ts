import type { Clock } from '../../base/clock.ts';
import type { MemoryExchange } from './exchange.ts';
import type { MemoryNote } from './note.ts';

/** The channel to the process that started us, as `node:process` has it. */
export interface WorkerChannel {
  readonly connected: boolean;
  send(message: unknown): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/**
 * Notes between the workers of one machine; the first process hands each on to all others. All hashes in one
 * array, low halves before high halves, note by note: passing an array costs as much as passing thousands of words.
 */
export interface NotesMessage {
  type: 'notes';
  heads: readonly NoteHead[];
  words: Uint32Array;
}

interface NoteHead extends Pick<MemoryNote, 'cluster' | 'endpoint' | 'blockTokens'> {
  blocks: number;
}

/** How long notes are gathered before they are sent together: a message costs more than what is in it. */
const GATHER_MS = 5;
/** Notes that are kept meanwhile. */
const NOTES_MAX = 1_024;

export function workerExchange(channel: WorkerChannel, clock: Clock): MemoryExchange {
  let waiting: MemoryNote[] = [];
  const flush = (): void => {
    const notes = waiting;
    waiting = [];
    if (channel.connected) channel.send(packNotes(notes));
  };
  return {
    isUp: true,
    tell: (note) => {
      if (waiting.push(note) === 1) clock.at(clock.nowMs() + GATHER_MS, flush);
      else if (waiting.length > NOTES_MAX) waiting.shift();
    },
    onTold: (listener) => {
      channel.on('message', (message) => {
        if (isNotes(message)) for (const note of notesIn(message)) listener(note);
      });
    },
  };
}

export function packNotes(notes: readonly MemoryNote[]): NotesMessage {
  const words = new Uint32Array(notes.reduce((sum, { low }) => sum + 2 * low.length, 0));
  let end = 0;
  const heads = notes.map(({ cluster, endpoint, blockTokens, low, high }) => {
    words.set(low, end);
    words.set(high, end + low.length);
    end += 2 * low.length;
    return { cluster, endpoint, blockTokens, blocks: low.length };
  });
  return { type: 'notes', heads, words };
}

/** The notes as they were packed. */
export function* notesIn({ heads, words }: NotesMessage): Generator<MemoryNote> {
  let from = 0;
  for (const { blocks, ...head } of heads) {
    const middle = from + blocks;
    const end = middle + blocks;
    yield { ...head, low: words.subarray(from, middle), high: words.subarray(middle, end) };
    from = end;
  }
}

export function isNotes(message: unknown): message is NotesMessage {
  return (message as Partial<NotesMessage> | null)?.type === 'notes';
}

import type { MemoryExchange } from './exchange.ts';
import type { MemoryNote } from './note.ts';

/** The channel to the process that started us, as `node:process` has it. */
export interface WorkerChannel {
  readonly connected: boolean;
  send(message: unknown): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** Notes between the workers of one machine; the first process hands each on to all others. */
export interface NotesMessage {
  type: 'notes';
  notes: readonly MemoryNote[];
}

/** Notes in one message; what comes in one turn of the event loop goes in one. */
const NOTES_MAX = 256;

export function workerExchange(channel: WorkerChannel): MemoryExchange {
  let waiting: MemoryNote[] = [];
  const flush = (): void => {
    const notes = waiting;
    waiting = [];
    if (channel.connected) channel.send({ type: 'notes', notes } satisfies NotesMessage);
  };
  return {
    isUp: true,
    tell: (note) => {
      if (waiting.push(note) === 1) setImmediate(flush);
      else if (waiting.length > NOTES_MAX) waiting.shift();
    },
    onTold: (listener) => {
      channel.on('message', (message) => {
        if (isNotes(message)) for (const note of message.notes) listener(note);
      });
    },
  };
}

export function isNotes(message: unknown): message is NotesMessage {
  return (message as Partial<NotesMessage> | null)?.type === 'notes';
}

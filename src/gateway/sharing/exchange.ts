import type { MemoryNote } from './note.ts';

/** A way to gateways that share what they remember. */
export interface MemoryExchange {
  /** Whether others can be told and heard now. */
  readonly isUp: boolean;
  /** Never throws and never waits: what cannot be told is dropped, and counted. */
  tell(note: MemoryNote): void;
  /** Called with what others tell; own notes do not come back. */
  onTold(listener: (note: MemoryNote) => void): void;
}

/** All of them at once. What one of them brings is told to none of the others: each reaches everybody. */
export function together(exchanges: readonly MemoryExchange[]): MemoryExchange | undefined {
  if (exchanges.length <= 1) return exchanges[0];
  return {
    get isUp() {
      return exchanges.every((it) => it.isUp);
    },
    tell: (note) => {
      for (const exchange of exchanges) exchange.tell(note);
    },
    onTold: (listener) => {
      for (const exchange of exchanges) exchange.onTold(listener);
    },
  };
}

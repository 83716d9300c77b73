import type { RequestResult } from '../../mocks/engine/core/request.ts';
import type { Sequence } from '../../mocks/engine/core/sequence.ts';

/** One finished request. Times are milliseconds of the engine's clock. */
export interface RunJournalEntry extends RequestResult {
  key: string;
  /** How often the key had been seen before. */
  occurrence: number;
}

/** Every request an engine finished. Hand `record` to the engine as `onRequestEnd`. */
export class RunJournal {
  readonly #entries: RunJournalEntry[] = [];

  readonly record = ({ key, occurrence }: Sequence, result: RequestResult): void => {
    this.#entries.push({ key, occurrence, ...result });
  };

  /** By key, then occurrence: the order in which requests were served does not show. */
  entries(): RunJournalEntry[] {
    return this.#entries.toSorted(
      (a, b) => Number(a.key > b.key) - Number(a.key < b.key) || a.occurrence - b.occurrence,
    );
  }

  /** One JSON line per entry; times to the nanosecond, so that no engine's last bit of `Math.cos` shows. */
  lines(): string {
    return this.entries()
      .map((entry) => `${JSON.stringify(entry, toNanoseconds)}\n`)
      .join('');
  }

  /** Without times, what is left depends on prompts and seed alone. */
  timelessLines(): string {
    return this.entries()
      .map((entry) => {
        const { key, occurrence, finishReason, promptTokens, outputTokens, cachedTokens } = entry;
        const kept = { key, occurrence, finishReason, promptTokens, outputTokens, cachedTokens };
        return `${JSON.stringify(kept)}\n`;
      })
      .join('');
  }
}

function toNanoseconds(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value;
}

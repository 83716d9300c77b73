import type { TokenChain } from '../../../src/kv/blocks.ts';
import type { RequestResult } from './request.ts';
import type { Sequence } from './sequence.ts';

/** One finished request. Times are milliseconds of the engine's clock. */
export interface JournalEntry extends RequestResult {
  key: string;
  /** How often the key had been seen before. */
  occurrence: number;
}

/** What it takes to explain a request's hits and misses afterwards. */
export interface RememberedRequest {
  entry: JournalEntry;
  chain: TokenChain;
  cacheSalt: string | undefined;
  loraName: string | undefined;
}

/** Requests whose tokens are kept; the rest of an entry is small. */
const TOKENS_KEPT = 256;

/** Finished requests, the last `capacity` of them. */
export class Journal {
  readonly #capacity: number;
  readonly #entries: JournalEntry[] = [];
  readonly #remembered: RememberedRequest[] = [];
  #nextEntry = 0;
  #nextRemembered = 0;

  constructor(capacity = 4_096) {
    this.#capacity = capacity;
  }

  add(sequence: Sequence, result: RequestResult): void {
    const entry = { key: sequence.key, occurrence: sequence.occurrence, ...result };
    this.#entries[this.#nextEntry] = entry;
    this.#nextEntry = (this.#nextEntry + 1) % this.#capacity;
    this.#remembered[this.#nextRemembered] = {
      entry,
      chain: sequence.chain,
      cacheSalt: sequence.cacheSalt,
      loraName: sequence.loraName,
    };
    this.#nextRemembered = (this.#nextRemembered + 1) % TOKENS_KEPT;
  }

  /** By key, then occurrence: the order in which requests were served does not show. */
  entries(): JournalEntry[] {
    return this.#entries.toSorted(
      (a, b) => Number(a.key > b.key) - Number(a.key < b.key) || a.occurrence - b.occurrence,
    );
  }

  /** The latest request of that key whose tokens are still kept. */
  find(key: string): RememberedRequest | undefined {
    const found = this.#remembered.filter(({ entry }) => entry.key === key);
    return found.toSorted((a, b) => b.entry.occurrence - a.entry.occurrence)[0];
  }

  clear(): void {
    this.#entries.length = 0;
    this.#remembered.length = 0;
    this.#nextEntry = 0;
    this.#nextRemembered = 0;
  }
}

/** One JSON line per entry. Without times, what is left depends on prompts and seed alone. */
export function journalLines(entries: readonly JournalEntry[], withTimes = true): string {
  return entries
    .map((entry) => `${JSON.stringify(withTimes ? entry : timeless(entry))}\n`)
    .join('');
}

function timeless(entry: JournalEntry): Partial<JournalEntry> {
  const { key, occurrence, finishReason, promptTokens, outputTokens, cachedTokens } = entry;
  return { key, occurrence, finishReason, promptTokens, outputTokens, cachedTokens };
}

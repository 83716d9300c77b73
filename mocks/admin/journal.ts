import type { IncomingHttpHeaders } from 'node:http';
import type { FaultKind } from '../faults/fault-rule.ts';

/** One request a mock has dealt with. */
export interface JournalEntry {
  /** Rises by one per request of this mock. */
  seq: number;
  /** Arrival, Unix time in milliseconds. */
  atMs: number;
  method: string;
  route: string;
  /** `x-request-id`, or a hash of the body. */
  key: string;
  /** Null when the connection ended before a status was sent. */
  status: number | null;
  fault: FaultKind | null;
  /** Only `x-` headers, which carry no credentials. */
  headers: Readonly<Record<string, string>>;
  completion: CompletionEntry | null;
}

/** What a completion adds to its journal entry; times in milliseconds of the mock's clock. */
export interface CompletionEntry {
  model: string;
  isStream: boolean;
  promptTokens: number;
  cachedTokens: number;
  tierCachedTokens: number;
  outputTokens: number;
  finishReason: string;
  queueMs: number | null;
  ttftMs: number | null;
  e2eMs: number;
}

/** As the admin API shows it. */
export type JournalView = JournalEntry & { mock: string };

const ENTRIES_MAX = 10_000;

/** The last requests, oldest first. Bounded: what fell out is counted. */
export class Journal {
  readonly #owner: string;
  readonly #ring: JournalEntry[] = [];
  #next = 0;
  #firstSeq = 0;

  constructor(owner: string) {
    this.#owner = owner;
  }

  /** Requests that are no longer in the journal. */
  get dropped(): number {
    return Math.max(0, this.#next - this.#firstSeq - ENTRIES_MAX);
  }

  get size(): number {
    return this.#ring.length;
  }

  add(entry: Omit<JournalEntry, 'seq'>): void {
    const seq = this.#next++;
    this.#ring[seq % ENTRIES_MAX] = { seq, ...entry };
  }

  /** Entries from `sinceSeq` on, oldest first. */
  view(sinceSeq = 0, limit = ENTRIES_MAX): JournalView[] {
    return this.#ring
      .filter(({ seq }) => seq >= sinceSeq)
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit)
      .map((entry) => ({ mock: this.#owner, ...entry }));
  }

  clear(): void {
    this.#ring.length = 0;
    this.#firstSeq = this.#next;
  }
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * The `x-` headers worth keeping. Not the whole object: ten thousand of those would keep the garbage
 * collector busy for nothing.
 */
export function extensionHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  let shown: Record<string, string> | undefined;
  for (const name in headers) {
    if (!name.startsWith('x-') || name.includes('key') || name.includes('token')) continue;
    shown ??= {};
    shown[name] = String(headers[name]);
  }
  return shown ?? NO_HEADERS;
}

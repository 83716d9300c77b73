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
  headers: IncomingHttpHeaders;
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

/** As the admin API shows it: only `x-` headers, which carry no credentials. */
export type JournalView = Omit<JournalEntry, 'headers'> & {
  mock: string;
  headers: Record<string, string>;
};

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
      .map(({ headers, ...entry }) => ({
        mock: this.#owner,
        ...entry,
        headers: extensionHeaders(headers),
      }));
  }

  clear(): void {
    this.#ring.length = 0;
    this.#firstSeq = this.#next;
  }
}

function extensionHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-') && !name.includes('key') && !name.includes('token')) {
      shown[name] = String(value);
    }
  }
  return shown;
}

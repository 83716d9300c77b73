import type { FaultKind } from '../faults/kinds/index.ts';

/** One request a mock has dealt with. */
export interface JournalEntry {
  /** Rises by one per request of this mock, in the order they were done with. */
  seq: number;
  /** Arrival, Unix time in milliseconds. */
  atMs: number;
  method: string;
  route: string;
  /** `x-request-id`, or a hash of the body. */
  key: string;
  /** Null when the request was given up before its answer was complete, even if a stream had begun. */
  status: number | null;
  fault: FaultKind | null;
  /** Those `isKeptHeader` names. */
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

/** An entry as it is kept: flat, and used again for a later request once the ring is full. */
type JournalRecord = Mutable<Omit<JournalEntry, 'completion'> & CompletionEntry> & {
  hasCompletion: boolean;
};

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * The last requests, oldest first. Bounded: what fell out is counted. Records are written over in
 * place: ten thousand objects that each live for a moment are what a garbage collector likes least.
 */
export class Journal {
  readonly #owner: string;
  readonly #ring: JournalRecord[] = [];
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
    return Math.min(this.#next - this.#firstSeq, ENTRIES_MAX);
  }

  add(entry: Omit<JournalEntry, 'seq'>): void {
    const seq = this.#next++;
    const record = (this.#ring[seq % ENTRIES_MAX] ??= emptyRecord());
    record.seq = seq;
    record.atMs = entry.atMs;
    record.method = entry.method;
    record.route = entry.route;
    record.key = entry.key;
    record.status = entry.status;
    record.fault = entry.fault;
    record.headers = entry.headers;
    record.hasCompletion = entry.completion !== null;
    if (entry.completion) writeCompletion(record, entry.completion);
  }

  /** Entries from `sinceSeq` on, oldest first. */
  view(sinceSeq = 0, limit = ENTRIES_MAX): JournalView[] {
    return this.#ring
      .filter(({ seq }) => seq >= sinceSeq)
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit)
      .map((record) => ({ mock: this.#owner, ...entryOf(record) }));
  }

  clear(): void {
    this.#ring.length = 0;
    this.#firstSeq = this.#next;
  }
}

function emptyRecord(): JournalRecord {
  return {
    seq: 0,
    atMs: 0,
    method: '',
    route: '',
    key: '',
    status: null,
    fault: null,
    headers: NO_HEADERS,
    hasCompletion: false,
    model: '',
    isStream: false,
    promptTokens: 0,
    cachedTokens: 0,
    tierCachedTokens: 0,
    outputTokens: 0,
    finishReason: '',
    queueMs: null,
    ttftMs: null,
    e2eMs: 0,
  };
}

function writeCompletion(record: JournalRecord, completion: CompletionEntry): void {
  record.model = completion.model;
  record.isStream = completion.isStream;
  record.promptTokens = completion.promptTokens;
  record.cachedTokens = completion.cachedTokens;
  record.tierCachedTokens = completion.tierCachedTokens;
  record.outputTokens = completion.outputTokens;
  record.finishReason = completion.finishReason;
  record.queueMs = completion.queueMs;
  record.ttftMs = completion.ttftMs;
  record.e2eMs = completion.e2eMs;
}

function entryOf(record: JournalRecord): JournalEntry {
  const { seq, atMs, method, route, key, status, fault, headers, hasCompletion, ...rest } = record;
  const completion: CompletionEntry | null = hasCompletion ? rest : null;
  return { seq, atMs, method, route, key, status, fault, headers, completion };
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** Extensions, as far as their name does not sound like a credential's. */
export function isKeptHeader(name: string): boolean {
  return name.startsWith('x-') && !name.includes('key') && !name.includes('token');
}

/**
 * The `x-` headers worth keeping. Not the whole object: ten thousand of those would keep the garbage
 * collector busy for nothing.
 */
export function extensionHeaders(fields: readonly string[]): Readonly<Record<string, string>> {
  let shown: Record<string, string> | undefined;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]!;
    if (!isKeptHeader(name)) continue;
    shown ??= {};
    shown[name] = fields[index + 1]!;
  }
  return shown ?? NO_HEADERS;
}

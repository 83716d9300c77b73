import type { ChatMessage } from './messages.ts';

/**
 * So many tokens of input. Leading ids that equal those of another request are an equal beginning;
 * without ids nothing is shared.
 */
export interface LengthsPrompt {
  kind: 'lengths';
  inputTokens: number;
  ids: readonly number[];
}

/** What a request of a trace asks: a length, or messages word for word. */
export type TracePrompt = LengthsPrompt | { kind: 'messages'; messages: readonly ChatMessage[] };

/** One request of a trace. */
export interface TraceRow {
  /** `file:line:column`, or the file and the number of the entry. */
  where: string;
  /** Arrival in milliseconds. */
  atMs: number;
  /** Where the file says no arrival: so long after the answer before it in its session, `turn` of those in it. */
  follows?: { delayMs: number; turn: number };
  /** Requests of one session follow each other; undefined where the file names none. */
  session: string | undefined;
  prompt: TracePrompt;
  /** Undefined where the file does not say. */
  outputTokens: number | undefined;
}

/** How many tokens of input one hash id stands for. */
export interface IdTokens {
  tokens: number;
  /** How that is known, for people. */
  source: string;
}

/** A recorded traffic, read from a file in one of the forms the field uses. */
export interface Trace {
  /** Name of the form it was read in. */
  format: string;
  /** By arrival, the first at 0. */
  rows: readonly TraceRow[];
  /** Undefined where no request has ids. */
  idTokens: IdTokens | undefined;
}

/** A row with at least one id. */
export interface HashedRow extends TraceRow {
  prompt: LengthsPrompt;
}

export function isHashed(row: TraceRow): row is HashedRow {
  return row.prompt.kind === 'lengths' && row.prompt.ids.length > 0;
}

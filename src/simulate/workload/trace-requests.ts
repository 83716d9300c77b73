import { chatTokenIds } from '../../../mocks/kv/chat-tokens.ts';
import { wordTokenizer } from '../../../mocks/kv/tokens.ts';
import type { LengthsPrompt, Trace, TraceRow } from '../../traces/trace.ts';
import type { SimulatedRequest } from './simulated-request.ts';

/** Ids of tokens are below it, as in every vocabulary. */
const TOKEN_MASK = 0x7fff_ffff;
/** Odd: multiplied by it, no two numbers below 2^31 become equal. */
const SPREAD = 0x9e3779b1;

/**
 * The requests of a trace. Two prompts have as many leading tokens in common as their leading equal ids stand for, and
 * not one more; messages become the tokens the mock engine makes of them. Nothing depends on the order of the
 * file's rows: not the keys, not the tokens.
 * @param speed 2 replays it twice as fast
 */
export function traceRequests(trace: Trace, speed: number): SimulatedRequest[] {
  const rows = trace.rows.toSorted(compareRows);
  const rankOf = ranksOf(rows);
  const idTokens = trace.idTokens?.tokens ?? 0;
  const digits = String(rows.length).length;
  return rows.map((row, index) => ({
    key: String(index).padStart(digits, '0'),
    atMs: row.atMs / speed,
    session: row.session,
    delayMs: (row.follows?.delayMs ?? 0) / speed,
    tokens: () =>
      row.prompt.kind === 'messages'
        ? chatTokenIds(wordTokenizer, row.prompt.messages)
        : lengthsTokens(row.prompt, { idTokens, rankOf, tail: rankOf.size + index }),
    outputTokens: row.outputTokens,
  }));
}

/** Requests per second at which the first so many rows arrive, on the whole; undefined where all do at once. */
export function traceRate({ rows }: Trace, count: number): number | undefined {
  const spanMs = rows[count - 1]!.atMs;
  return spanMs === 0 ? undefined : ((count - 1) * 1_000) / spanMs;
}

/** Whether some row has to wait for the answer before it: then whoever answers sets the pace. */
export function hasTurns({ rows }: Trace, count: number): boolean {
  const sessions = rows.slice(0, count).flatMap(({ session }) => session ?? []);
  return new Set(sessions).size < sessions.length;
}

/** Ids as dense numbers by their size. */
function ranksOf(rows: readonly TraceRow[]): ReadonlyMap<number, number> {
  const ids = new Set<number>();
  for (const { prompt } of rows) {
    if (prompt.kind === 'lengths') for (const id of prompt.ids) ids.add(id);
  }
  const sorted = Float64Array.from(ids).sort();
  return new Map(Array.from(sorted, (id, rank) => [id, rank]));
}

interface Numbering {
  idTokens: number;
  rankOf: ReadonlyMap<number, number>;
  /** Of what stands behind the last id, which no other prompt has. */
  tail: number;
}

/** Tokens at one place of different parts differ, and so do the first ones behind an equal beginning. */
function lengthsTokens(
  { inputTokens, ids }: LengthsPrompt,
  { idTokens, rankOf, tail }: Numbering,
): Uint32Array {
  const tokens = new Uint32Array(inputTokens);
  let at = 0;
  for (const id of ids) {
    const end = Math.min(at + idTokens, inputTokens);
    fillPart(tokens, { start: at, end, part: rankOf.get(id)! });
    at = end;
  }
  fillPart(tokens, { start: at, end: inputTokens, part: tail });
  return tokens;
}

function fillPart(
  tokens: Uint32Array,
  { start, end, part }: { start: number; end: number; part: number },
): void {
  const first = Math.imul(part + 1, SPREAD);
  for (let at = start; at < end; at++) tokens[at] = (first + (at - start)) & TOKEN_MASK;
}

/** By arrival, then by all that is in a row; rows equal in all of it may change places. */
function compareRows(a: TraceRow, b: TraceRow): number {
  return (
    a.atMs - b.atMs ||
    compareText(a.session ?? '', b.session ?? '') ||
    turnOf(a) - turnOf(b) ||
    comparePrompts(a.prompt, b.prompt) ||
    (a.outputTokens ?? 0) - (b.outputTokens ?? 0)
  );
}

function turnOf({ follows }: TraceRow): number {
  return follows?.turn ?? 0;
}

function comparePrompts(a: TraceRow['prompt'], b: TraceRow['prompt']): number {
  if (a.kind === 'messages' || b.kind === 'messages') {
    return compareText(JSON.stringify(a), JSON.stringify(b));
  }
  if (a.inputTokens !== b.inputTokens) return a.inputTokens - b.inputTokens;
  const at = a.ids.findIndex((id, index) => id !== b.ids[index]);
  return at === -1 ? a.ids.length - b.ids.length : a.ids[at]! - (b.ids[at] ?? -Infinity);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

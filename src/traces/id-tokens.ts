import { type HashedRow, type IdTokens, isHashed, type TraceRow } from './trace.ts';
import { traceInvalid } from './errors.ts';

/** Whole numbers from `low` to `high`, none when `low` is above `high`. */
interface Range {
  low: number;
  high: number;
}

/**
 * Two habits: an id for whatever is left over at the end, or ids for whole blocks only. Each tells which
 * sizes a row allows.
 */
const HABITS: readonly ((row: HashedRow) => Range)[] = [
  ({ prompt: { inputTokens, ids } }) => ({
    low: Math.ceil(inputTokens / ids.length),
    high: ids.length === 1 ? Infinity : Math.ceil(inputTokens / (ids.length - 1)) - 1,
  }),
  ({ prompt: { inputTokens, ids } }) => ({
    low: Math.floor(inputTokens / (ids.length + 1)) + 1,
    high: Math.floor(inputTokens / ids.length),
  }),
];

const FLAG = '--tokens-per-id';

/**
 * Tokens per id, from the lengths and the numbers of ids of all rows, or as given.
 * @param given by the user or the file
 * @returns undefined without a row that has ids
 * @throws KvcacheError TRACE_INVALID (kind usage): a row does not fit, naming it, or several sizes fit
 */
export function idTokensOf(
  rows: readonly TraceRow[],
  path: string,
  given?: IdTokens,
): IdTokens | undefined {
  const hashed = rows.filter(isHashed);
  if (hashed.length === 0) return undefined;
  return given === undefined ? readFrom(hashed, path) : checked(hashed, given);
}

function checked(rows: readonly HashedRow[], given: IdTokens): IdTokens {
  const { tokens, source } = given;
  const misfit = rows.find((row) => !HABITS.some((habit) => holds(habit(row), tokens)));
  if (misfit === undefined) return given;
  const remedy = `Correct the line, or the ${tokens} (${source}).`;
  throw traceInvalid(misfit.where, `${lengths(misfit)} do not fit ${tokens} tokens per id`, remedy);
}

function readFrom(rows: readonly HashedRow[], path: string): IdTokens {
  const [partial, whole] = HABITS.map((habit) => fitting(rows, habit));
  const found = [partial!, whole!].find(({ misfit }) => misfit === undefined);
  if (found !== undefined) return chosen(rows, found.range, path);
  // The habit that held for longer is the file's own.
  const { misfit, range } = whole!.fitted > partial!.fitted ? whole! : partial!;
  const before = `the ${span(range)} that all lines before it allow`;
  throw traceInvalid(
    rows[misfit!]!.where,
    `${lengths(rows[misfit!]!)} do not fit ${before}`,
    `Correct the line, or say with ${FLAG} how many tokens an id stands for.`,
  );
}

interface Fit {
  /** Sizes that fit every row, or all before the misfit. */
  range: Range;
  /** Place of the first row that does not fit. */
  misfit: number | undefined;
  fitted: number;
}

function fitting(rows: readonly HashedRow[], habit: (row: HashedRow) => Range): Fit {
  let range: Range = { low: 1, high: Infinity };
  for (const [index, row] of rows.entries()) {
    const own = habit(row);
    const next = { low: Math.max(range.low, own.low), high: Math.min(range.high, own.high) };
    if (next.low > next.high) return { range, misfit: index, fitted: index };
    range = next;
  }
  return { range, misfit: undefined, fitted: rows.length };
}

/** Blocks are powers of two nearly everywhere; where the lengths themselves say otherwise, it is asked. */
function chosen(rows: readonly HashedRow[], range: Range, path: string): IdTokens {
  const { low, high } = range;
  if (low === high) return { tokens: low, source: 'the one size that fits every line' };
  // With one id each, equal ids share what the shorter request has, whatever the size.
  if (high === Infinity) return { tokens: low, source: 'no request has more than one id' };
  const power = 2 ** Math.ceil(Math.log2(low));
  const isExact = rows.every(({ prompt }) => prompt.inputTokens === prompt.ids.length * low);
  const candidates = new Set([...(isExact ? [low] : []), ...(power <= high ? [power] : [])]);
  const [tokens] = candidates;
  if (candidates.size === 1) {
    return { tokens: tokens!, source: `of the ${span(range)} that fit every line` };
  }
  throw traceInvalid(
    path,
    `its hash ids may stand for ${span(range)} each`,
    `Say with ${FLAG} how many tokens an id stands for.`,
  );
}

function holds({ low, high }: Range, tokens: number): boolean {
  return low <= tokens && tokens <= high;
}

function span({ low, high }: Range): string {
  if (low === high) return `${low} tokens`;
  return high === Infinity ? `${low} tokens or more` : `${low} to ${high} tokens`;
}

function lengths({ prompt: { inputTokens, ids } }: HashedRow): string {
  return `${ids.length} ids for ${inputTokens} tokens`;
}

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

/** Tokens per id, from the lengths and the numbers of ids of rows as they are read, or as given. */
export class IdTokensReading {
  readonly #path: string;
  readonly #given: IdTokens | undefined;
  readonly #fits = HABITS.map((habit) => new Fit(habit));
  #rows = 0;
  /** Tokens per id of every row so far, where all rows have as many and none left over. */
  #exact: number | undefined;

  /** @param given by the user or the file */
  constructor(path: string, given?: IdTokens) {
    this.#path = path;
    this.#given = given;
  }

  /** @throws KvcacheError TRACE_INVALID (kind usage): the row does not fit, alone or with those before it */
  add(row: HashedRow): void {
    if (this.#given !== undefined) {
      checkFit(row, this.#given);
      return;
    }
    const { inputTokens, ids } = row.prompt;
    const exact = inputTokens / ids.length;
    this.#exact = this.#rows === 0 || exact === this.#exact ? exact : undefined;
    this.#rows++;
    for (const fit of this.#fits) fit.add(row);
    if (this.#fits.every((it) => it.misfit !== undefined)) throw this.#misfitError();
  }

  /** The size as far as it is known; undefined while several fit. */
  get soFar(): number | undefined {
    if (this.#given !== undefined) return this.#given.tokens;
    const { low, high } = this.#range;
    if (this.#rows === 0 || high === Infinity) return undefined;
    const candidates = this.#candidates;
    return low === high || candidates.length === 1 ? candidates[0] : undefined;
  }

  /**
   * Of all rows.
   * @returns undefined without a row that has ids
   * @throws KvcacheError TRACE_INVALID (kind usage): several sizes fit
   */
  ofAll(): IdTokens | undefined {
    if (this.#given !== undefined) return this.#given;
    if (this.#rows === 0) return undefined;
    const { low, high } = this.#range;
    if (low === high) return { tokens: low, source: 'the one size that fits every line' };
    // With one id each, equal ids share what the shorter request has, whatever the size.
    if (high === Infinity) return { tokens: low, source: 'no request has more than one id' };
    const candidates = this.#candidates;
    if (candidates.length === 1) {
      const source = `of the ${span(this.#range)} that fit every line`;
      return { tokens: candidates[0]!, source };
    }
    throw traceInvalid(
      this.#path,
      `its hash ids may stand for ${span(this.#range)} each`,
      `Say with ${FLAG} how many tokens an id stands for.`,
    );
  }

  get #range(): Range {
    return this.#fits.find(({ misfit }) => misfit === undefined)!.range;
  }

  /** Blocks are powers of two nearly everywhere; where the lengths themselves say otherwise, it is asked. */
  get #candidates(): number[] {
    const { low, high } = this.#range;
    if (low === high) return [low];
    const power = 2 ** Math.ceil(Math.log2(low));
    const exact = this.#exact === low ? [low] : [];
    return [...new Set([...exact, ...(power <= high ? [power] : [])])];
  }

  #misfitError(): Error {
    const [partial, whole] = this.#fits;
    // The habit that held for longer is the file's own.
    const { misfit, range } = whole!.fitted > partial!.fitted ? whole! : partial!;
    const before = `the ${span(range)} that all lines before it allow`;
    return traceInvalid(
      misfit!.where,
      `${lengths(misfit!)} do not fit ${before}`,
      `Correct the line, or say with ${FLAG} how many tokens an id stands for.`,
    );
  }
}

/**
 * The same of rows that are all at hand.
 * @throws KvcacheError TRACE_INVALID (kind usage): a row does not fit, naming it, or several sizes fit
 */
export function idTokensOf(
  rows: readonly TraceRow[],
  path: string,
  given?: IdTokens,
): IdTokens | undefined {
  const hashed = rows.filter(isHashed);
  if (hashed.length === 0) return undefined;
  const reading = new IdTokensReading(path, given);
  for (const row of hashed) reading.add(row);
  return reading.ofAll();
}

function checkFit(row: HashedRow, { tokens, source }: IdTokens): void {
  if (HABITS.some((habit) => holds(habit(row), tokens))) return;
  const remedy = `Correct the line, or the ${tokens} (${source}).`;
  throw traceInvalid(row.where, `${lengths(row)} do not fit ${tokens} tokens per id`, remedy);
}

/** The sizes that one habit allows. */
class Fit {
  readonly #habit: (row: HashedRow) => Range;
  /** Of every row, or of all before the misfit. */
  range: Range = { low: 1, high: Infinity };
  misfit: HashedRow | undefined;
  fitted = 0;

  constructor(habit: (row: HashedRow) => Range) {
    this.#habit = habit;
  }

  add(row: HashedRow): void {
    if (this.misfit !== undefined) return;
    const own = this.#habit(row);
    const low = Math.max(this.range.low, own.low);
    const high = Math.min(this.range.high, own.high);
    if (low > high) {
      this.misfit = row;
      return;
    }
    this.range = { low, high };
    this.fitted++;
  }
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

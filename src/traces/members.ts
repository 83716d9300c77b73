import type { Entry } from './entries.ts';
import { traceInvalid } from './errors.ts';

const INPUT_TOKENS_MAX = 4_000_000;

/** A member that must be a number of 0 or more. @throws KvcacheError TRACE_INVALID (kind usage) */
export function numberIn({ value, where }: Entry, name: string): number {
  const found = value[name];
  if (typeof found === 'number' && Number.isFinite(found) && found >= 0) return found;
  throw traceInvalid(where, `"${name}" must be a number of 0 or more`);
}

/** @throws KvcacheError TRACE_INVALID (kind usage) */
export function inputTokensIn(entry: Entry, name: string): number {
  const tokens = numberIn(entry, name);
  if (Number.isInteger(tokens) && tokens >= 1 && tokens <= INPUT_TOKENS_MAX) return tokens;
  throw traceInvalid(entry.where, `"${name}" must be a whole number from 1 to ${INPUT_TOKENS_MAX}`);
}

/** At least one: an API refuses to write nothing. @throws KvcacheError TRACE_INVALID (kind usage) */
export function outputTokensIn(entry: Entry, name: string): number {
  return Math.max(1, Math.round(numberIn(entry, name)));
}

/** A name, text or number; undefined where there is none. @throws KvcacheError TRACE_INVALID (kind usage) */
export function nameIn({ value, where }: Entry, name: string): string | undefined {
  const found = value[name] ?? '';
  if (typeof found === 'string') return found === '' ? undefined : found;
  if (typeof found === 'number') return String(found);
  throw traceInvalid(where, `"${name}" must be a text or a number`);
}

/** Ids of any kind as dense whole numbers, equal for equal ids of one scope. */
export class IdSpace {
  readonly #known = new Map<string | number, number>();

  /** @throws KvcacheError TRACE_INVALID (kind usage) */
  read({ value, where }: Entry, name: string, scope?: string): number[] {
    const ids = value[name] ?? [];
    if (!Array.isArray(ids) || !ids.every(isId)) {
      throw traceInvalid(where, `"${name}" must be whole numbers below 2^53, or texts`);
    }
    return ids.map((id) => this.#intern(scope === undefined ? id : `${scope}/${id}`));
  }

  #intern(id: string | number): number {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const next = this.#known.size;
    this.#known.set(id, next);
    return next;
  }
}

/** A larger number has lost digits when JSON was read, so that different ids look equal. */
function isId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

import type { Entry } from './entries.ts';
import { hash32 } from '../base/random.ts';
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

/**
 * Ids of any kind as whole numbers, equal for equal ids of one scope. Which number an id gets does not depend on what
 * was read before: whole numbers stay what they are, all else lies below 0.
 */
export class IdSpace {
  readonly #nameOf = new Map<number, string>();

  /** @throws KvcacheError TRACE_INVALID (kind usage) */
  read({ value, where }: Entry, name: string, scope?: string): number[] {
    const ids = value[name] ?? [];
    if (!Array.isArray(ids) || !ids.every(isId)) {
      throw traceInvalid(where, `"${name}" must be whole numbers below 2^53, or texts`);
    }
    return ids.map((id) => this.#intern(scope === undefined ? id : `${scope}/${id}`));
  }

  #intern(id: string | number): number {
    if (typeof id === 'number' && id >= 0) return id;
    const name = `${typeof id}/${id}`;
    let number = -1 - hash32(name) - (hash32(name, 1) & HIGH_MASK) * LOW_RANGE;
    // Never seen yet, and then no two ids may become one.
    while ((this.#nameOf.get(number) ?? name) !== name) number++;
    this.#nameOf.set(number, name);
    return number;
  }
}

const LOW_RANGE = 2 ** 32;
const HIGH_MASK = 0x1f_ffff;

/** A larger number has lost digits when JSON was read, so that different ids look equal. */
function isId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

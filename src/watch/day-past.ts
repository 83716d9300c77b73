import { PAST_MIN } from './reference.ts';

/** A value of each is kept. */
export const SLOT_MS = 300_000;
const SLOTS_PER_DAY = 86_400_000 / SLOT_MS;
/** On either side of the same time yesterday. */
export const AROUND_MS = 3_600_000;
const SLOTS_AROUND = AROUND_MS / SLOT_MS;
/** Values of an hour; else what comes at the other end of it would be taken for all of it. */
const SIDE_MIN = PAST_MIN / 2;
const SLOTS_KEPT = SLOTS_PER_DAY + SLOTS_AROUND + 1;

/** Values of one series over the last day, by the number of the slot since the epoch. Memory is bounded. */
export class DayPast {
  readonly #values: Map<number, number>;

  constructor(values: Iterable<readonly [slot: number, value: number]> = []) {
    this.#values = new Map(values);
  }

  get values(): Iterable<readonly [slot: number, value: number]> {
    return this.#values;
  }

  add(value: number, wallMs: number): void {
    const now = slotOf(wallMs);
    this.#values.set(now, value);
    if (this.#values.size <= SLOTS_KEPT) return;
    // Those ahead are of a clock that was set back.
    for (const slot of this.#values.keys()) {
      if (slot <= now - SLOTS_KEPT || slot > now) this.#values.delete(slot);
    }
  }

  /** Those of the hour before the same time yesterday and of the hour after; none where one of them is little known. */
  yesterday(wallMs: number): number[] {
    const middle = slotOf(wallMs) - SLOTS_PER_DAY;
    const before = this.#between(middle - SLOTS_AROUND, middle);
    const after = this.#between(middle + 1, middle + SLOTS_AROUND);
    return Math.min(before.length, after.length) < SIDE_MIN ? [] : [...before, ...after];
  }

  #between(first: number, last: number): number[] {
    const found: number[] = [];
    for (let slot = first; slot <= last; slot++) {
      const value = this.#values.get(slot);
      if (value !== undefined) found.push(value);
    }
    return found;
  }

  /** What was since then is no past to go by. */
  forgetSince(wallMs: number): void {
    const since = slotOf(wallMs);
    for (const slot of this.#values.keys()) if (slot >= since) this.#values.delete(slot);
  }
}

export function slotOf(wallMs: number): number {
  return Math.floor(wallMs / SLOT_MS);
}

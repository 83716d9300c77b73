import type { BlockTable } from './block-table.ts';

export interface Pin {
  slots: readonly number[];
  expiresMs: number;
}

/** Standing pins. A pinned block never leaves; when its last pin ends it goes last in eviction order. */
export class Pins {
  readonly #table: BlockTable;
  #pins: Pin[] = [];
  #nextExpiryMs = Infinity;
  #pinnedBlocks = 0;

  constructor(table: BlockTable) {
    this.#table = table;
  }

  get hasAny(): boolean {
    return this.#pins.length > 0;
  }

  get pinnedBlocks(): number {
    return this.#pinnedBlocks;
  }

  list(): readonly Pin[] {
    return this.#pins;
  }

  /** Blocks among these that no pin holds yet. */
  countUnpinned(slots: readonly number[]): number {
    return slots.filter((slot) => this.#table.pool.pins(slot) === 0).length;
  }

  add(slots: readonly number[], expiresMs: number): void {
    if (slots.length === 0) return;
    this.#pins.push({ slots, expiresMs });
    this.#nextExpiryMs = Math.min(this.#nextExpiryMs, expiresMs);
    const { pool } = this.#table;
    for (const slot of slots) {
      if (pool.isEvictable(slot)) pool.unlink(slot);
      if (pool.addPin(slot, 1) === 1) this.#pinnedBlocks++;
    }
  }

  /** Ends the pins all of whose blocks are among these, oldest first. */
  endWithin(slots: readonly number[]): void {
    const named = new Set(slots);
    const isNamed = (pin: Pin): boolean => pin.slots.every((slot) => named.has(slot));
    const ending = this.#pins.filter(isNamed);
    this.#pins = this.#pins.filter((pin) => !isNamed(pin));
    for (const pin of ending) this.#end(pin);
  }

  /** Ends the pins due by `nowMs`, oldest first. */
  expire(nowMs: number): void {
    if (nowMs < this.#nextExpiryMs) return;
    const due = this.#pins.filter((pin) => pin.expiresMs <= nowMs);
    this.#pins = this.#pins.filter((pin) => pin.expiresMs > nowMs);
    this.#nextExpiryMs = this.#pins.reduce(
      (least, pin) => Math.min(least, pin.expiresMs),
      Infinity,
    );
    for (const pin of due) this.#end(pin);
  }

  endAll(): void {
    this.expire(Infinity);
  }

  #end({ slots }: Pin): void {
    const { pool } = this.#table;
    for (const slot of slots.toReversed()) {
      if (pool.addPin(slot, -1) > 0) continue;
      this.#pinnedBlocks--;
      if (pool.refs(slot) === 0) pool.link(slot);
    }
  }
}

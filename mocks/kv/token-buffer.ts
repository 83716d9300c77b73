/** Ids per slab, 256 KB: some hundred prompts share one allocation, and one collection. */
const SLAB_IDS = 65_536;

let slab = new Uint32Array(0);
let slabUsed = 0;

/** Room for `length` ids, zeroed. Short runs lie in common slabs: an array of its own costs more than filling it. */
export function tokenRun(length: number): Uint32Array {
  if (length > SLAB_IDS / 8) return new Uint32Array(length);
  if (slabUsed + length > slab.length) {
    slab = new Uint32Array(SLAB_IDS);
    slabUsed = 0;
  }
  const run = new Uint32Array(slab.buffer, slabUsed * 4, length);
  slabUsed += length;
  return run;
}

/** The run with room for `length` ids, in place when nothing was handed out after it; ids are kept. */
export function widerRun(run: Uint32Array, length: number): Uint32Array {
  const start = run.byteOffset / 4;
  const isLast = run.buffer === slab.buffer && start + run.length === slabUsed;
  if (isLast && start + length <= slab.length) {
    slabUsed = start + length;
    return new Uint32Array(slab.buffer, run.byteOffset, length);
  }
  const wider = tokenRun(length);
  wider.set(run);
  return wider;
}

/** Token ids in the making. Reusable: `take` copies them out and starts over. */
export class TokenBuffer {
  /** Ids appended so far; whoever writes through `reserve` moves it on. */
  length = 0;
  #ids: Uint32Array;

  constructor(capacity = 256) {
    this.#ids = new Uint32Array(capacity);
  }

  push(id: number): void {
    this.reserve(1)[this.length++] = id;
  }

  /** The storage, with room for `count` more ids from `length` on. */
  reserve(count: number): Uint32Array {
    const needed = this.length + count;
    if (needed > this.#ids.length) {
      const wider = new Uint32Array(Math.max(needed, this.#ids.length * 2));
      wider.set(this.#ids.subarray(0, this.length));
      this.#ids = wider;
    }
    return this.#ids;
  }

  /** A view, valid until the next change. */
  view(): Uint32Array {
    return this.#ids.subarray(0, this.length);
  }

  /** A copy of all ids; the buffer is empty afterwards. */
  take(): Uint32Array {
    const ids = tokenRun(this.length);
    ids.set(this.view());
    this.length = 0;
    return ids;
  }
}

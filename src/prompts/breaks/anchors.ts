/** Tokens per anchor: long enough that equal ones mean equal text. */
export const ANCHOR_TOKENS = 8;

/** Of a hash, the bits that must be zero for it to be kept: short prompts keep all, long ones some. */
function maskFor(tokens: number): number {
  if (tokens <= 1_024) return 0;
  return tokens <= 8_192 ? 3 : 15;
}

/** Hashes of the runs of tokens by which requests with common text find each other. */
export function anchorsOf(ids: Uint32Array): Set<number> {
  const mask = maskFor(ids.length);
  const anchors = new Set<number>();
  for (let at = 0; at + ANCHOR_TOKENS <= ids.length; at++) {
    const hash = anchorAt(ids, at);
    if (((hash >>> 16) & mask) === 0) anchors.add(hash);
  }
  return anchors;
}

function anchorAt(ids: Uint32Array, at: number): number {
  let hash = 0x811c9dc5;
  for (let index = at; index < at + ANCHOR_TOKENS; index++) {
    hash = Math.imul(hash ^ ids[index]!, 0x01000193);
    hash ^= hash >>> 13;
  }
  return hash | 0;
}

/** Tokens that two sequences begin with in common. */
export function sharedTokens(a: Uint32Array, b: Uint32Array): number {
  const max = Math.min(a.length, b.length);
  let length = 0;
  while (length < max && a[length] === b[length]) length++;
  return length;
}

/**
 * Tokens of `later` from `start` on that `earlier` has from there on too, in runs of at least an anchor's
 * length, whatever their order; every token counts once on both sides.
 */
export function repeatedTokens(earlier: Uint32Array, later: Uint32Array, start: number): number {
  const places = new Map<number, number>();
  for (let at = earlier.length - ANCHOR_TOKENS; at >= start; at--) {
    places.set(anchorAt(earlier, at), at);
  }
  const run = new CommonRun(earlier, later, start);
  let repeated = 0;
  for (let at = start; at + ANCHOR_TOKENS <= later.length;) {
    const place = places.get(anchorAt(later, at));
    const length = place === undefined ? 0 : run.take(place, at);
    repeated += length;
    at = length === 0 ? at + 1 : run.end;
  }
  return repeated;
}

/** Takes runs that two sequences have in common; every token once on both sides. */
class CommonRun {
  readonly #earlier: Uint32Array;
  readonly #later: Uint32Array;
  readonly #start: number;
  readonly #used: Uint8Array;
  /** Where the last run ended in the later sequence: the next reaches back no further. */
  end: number;

  constructor(earlier: Uint32Array, later: Uint32Array, start: number) {
    this.#earlier = earlier;
    this.#later = later;
    this.#start = start;
    this.#used = new Uint8Array(earlier.length);
    this.end = start;
  }

  /** Length of the run around a place in each; 0 where it is shorter than an anchor or taken. */
  take(place: number, at: number): number {
    const isRun = isEqual(this.#earlier, place, this.#later, at);
    if (!isRun || !this.#isFree(place, at)) return 0;
    let back = 0;
    const reach = Math.min(at - this.end, place - this.#start);
    while (back < reach && this.#isFree(place - back - 1, at - back - 1)) back++;
    let length = 0;
    const from = place - back;
    const max = Math.min(this.#earlier.length - from, this.#later.length - (at - back));
    while (length < max && this.#isFree(from + length, at - back + length)) length++;
    this.#used.fill(1, from, from + length);
    this.end = at - back + length;
    return length;
  }

  /** Equal in both, and in no run yet. */
  #isFree(place: number, at: number): boolean {
    return this.#earlier[place] === this.#later[at] && this.#used[place] === 0;
  }
}

function isEqual(a: Uint32Array, aAt: number, b: Uint32Array, bAt: number): boolean {
  for (let index = 0; index < ANCHOR_TOKENS; index++) {
    if (a[aAt + index] !== b[bAt + index]) return false;
  }
  return true;
}

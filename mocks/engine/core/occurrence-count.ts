import { hash32 } from '../../../src/base/random.ts';
import { HashIndex } from '../../kv/hash-index.ts';

/** At least so many keys have their repeats counted; older ones start over. */
const KEYS_KEPT = 32_768;

/**
 * How often each key came before. Keys are known by 53-bit hashes in typed arrays, in two
 * generations: a Map of strings keeps every key alive for as long as the garbage collector hates most.
 */
export class OccurrenceCount {
  #recent = new HashIndex();
  #older = new HashIndex();

  /** Counts the key in, and returns how often it was counted before. */
  add(key: string): number {
    const hash = hash53(key);
    let before = this.#recent.get(hash);
    if (before === -1) before = Math.max(0, this.#older.get(hash));
    this.#recent.set(hash, before + 1);
    if (this.#recent.size >= KEYS_KEPT) this.#startGeneration();
    return before;
  }

  #startGeneration(): void {
    [this.#recent, this.#older] = [this.#older, this.#recent];
    this.#recent.clear();
  }
}

/** A positive integer below 2^53. */
function hash53(key: string): number {
  const low = hash32(key);
  const high = hash32(key, low) & 0x1fffff;
  return high * 4_294_967_296 + low || 1;
}

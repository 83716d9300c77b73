import type { KvcacheFilterConfig } from '../../../config/gateway-config.ts';

/** When one prompt was seen, rising; entries before `first` no longer count. */
interface Sightings {
  readonly times: number[];
  first: number;
}

/** Sightings kept per prompt, and prompts kept, where the config says 0. */
const RECORDS_DEFAULT = 300;
const KEYS_DEFAULT = 10_000;

/** How often each prompt was seen lately. Bounded in prompts and in sightings per prompt. */
export class HotWindow {
  readonly #windowMs: number;
  readonly #recordsMax: number;
  readonly #keysMax: number;
  readonly #nowMs: () => number;
  /** Least recently seen first. */
  readonly #seen = new Map<string, Sightings>();

  constructor(
    config: Pick<KvcacheFilterConfig, 'hotWindowMs' | 'hotMaxRecords' | 'hotMaxKeys'>,
    nowMs: () => number,
  ) {
    this.#windowMs = config.hotWindowMs;
    this.#recordsMax = config.hotMaxRecords || RECORDS_DEFAULT;
    this.#keysMax = config.hotMaxKeys || KEYS_DEFAULT;
    this.#nowMs = nowMs;
  }

  /** Notes one sighting; returns how many lie within the window, this one included. */
  record(key: string): number {
    const nowMs = this.#nowMs();
    const known = this.#seen.get(key);
    const sightings = known ?? { times: [], first: 0 };
    if (known) this.#seen.delete(key);
    this.#seen.set(key, sightings);
    sightings.times.push(nowMs);
    this.#dropOld(sightings, nowMs);
    this.#forgetOld(nowMs);
    return sightings.times.length - sightings.first;
  }

  /** The least recently seen prompts still remembered, at most `limit`, and never the one seen last. */
  coldest(limit: number): string[] {
    const keys: string[] = [];
    const count = Math.min(limit, this.#seen.size - 1);
    for (const key of this.#seen.keys()) {
      if (keys.length >= count) break;
      keys.push(key);
    }
    return keys;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }

  /** Moves the start past what no longer counts; the array shrinks only now and then, since that copies it. */
  #dropOld(sightings: Sightings, nowMs: number): void {
    const { times } = sightings;
    const oldestMs = nowMs - this.#windowMs;
    let first = Math.max(sightings.first, times.length - this.#recordsMax);
    while (times[first]! < oldestMs) first++;
    if (first > this.#recordsMax) {
      times.splice(0, first);
      first = 0;
    }
    sightings.first = first;
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { times }] of this.#seen) {
      const isOld = nowMs - times.at(-1)! > this.#windowMs;
      if (!isOld && this.#seen.size <= this.#keysMax) return;
      this.#seen.delete(key);
    }
  }
}

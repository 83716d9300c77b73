export interface HotWindowConfig {
  windowMs: number;
  /** Sightings kept per prompt; 0 = the default of 300. */
  recordsMax: number;
  /** Prompts kept; 0 = the default of 10,000. */
  keysMax: number;
}

const RECORDS_DEFAULT = 300;
const KEYS_DEFAULT = 10_000;

/** How often each prompt was seen lately. Bounded in prompts and in sightings per prompt. */
export class HotWindow {
  readonly #windowMs: number;
  readonly #recordsMax: number;
  readonly #keysMax: number;
  readonly #nowMs: () => number;
  /** Least recently seen first. */
  readonly #seen = new Map<string, number[]>();

  constructor(config: HotWindowConfig, nowMs: () => number) {
    this.#windowMs = config.windowMs;
    this.#recordsMax = config.recordsMax || RECORDS_DEFAULT;
    this.#keysMax = config.keysMax || KEYS_DEFAULT;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** Notes one sighting; returns how many lie within the window, this one included. */
  record(key: string): number {
    const nowMs = this.#nowMs();
    const times = this.#within(this.#seen.get(key) ?? [], nowMs);
    times.push(nowMs);
    if (times.length > this.#recordsMax) times.splice(0, times.length - this.#recordsMax);
    this.#seen.delete(key);
    this.#seen.set(key, times);
    this.#forgetOld(nowMs);
    return times.length;
  }

  /** The least recently seen prompts still remembered, at most `limit`. */
  coldest(limit: number): string[] {
    const keys: string[] = [];
    for (const key of this.#seen.keys()) {
      if (keys.length === limit) break;
      keys.push(key);
    }
    return keys;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }

  #within(times: number[], nowMs: number): number[] {
    const first = times.findIndex((time) => nowMs - time <= this.#windowMs);
    return first === -1 ? [] : times.slice(first);
  }

  #forgetOld(nowMs: number): void {
    for (const [key, times] of this.#seen) {
      const isOld = nowMs - times.at(-1)! > this.#windowMs;
      if (!isOld && this.#seen.size <= this.#keysMax) return;
      this.#seen.delete(key);
    }
  }
}

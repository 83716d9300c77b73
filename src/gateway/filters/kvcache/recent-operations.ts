import { LRUCache } from 'lru-cache';
import type { CacheOperation } from '../../../net/controller/driver.ts';

/** What was carried out less than this ago need not be asked for again. */
const REPEAT_AFTER_MS = 500;
const PROMPTS_MAX = 10_000;

/** Which operations were carried out on which prompts a moment ago. */
export class RecentOperations {
  readonly #nowMs: () => number;
  /** Prompt → operation → when, monotonic ms. */
  readonly #doneMs = new LRUCache<string, Map<string, number>>({ max: PROMPTS_MAX });

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether doing it again would change nothing. Of an eviction nobody knows: the prompt may have come again. */
  has(operation: CacheOperation, prompt: string): boolean {
    const doneMs = this.#doneMs.get(prompt)?.get(nameOf(operation));
    return doneMs !== undefined && this.#nowMs() - doneMs < REPEAT_AFTER_MS;
  }

  add(operation: CacheOperation, prompt: string): void {
    if (operation.name === 'evict') {
      // Nothing is pinned or compressed any more.
      this.#doneMs.delete(prompt);
      return;
    }
    const done = this.#doneMs.get(prompt) ?? new Map<string, number>();
    this.#doneMs.set(prompt, done.set(nameOf(operation), this.#nowMs()));
  }
}

/** With its target: what was done on one instance was not done on another. */
function nameOf(operation: CacheOperation): string {
  return Object.values(operation).join('\0');
}

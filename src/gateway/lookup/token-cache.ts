import { LRUCache } from 'lru-cache';
import type { PromptTokens } from '../../net/controller/driver.ts';

export interface TokenCacheConfig {
  enabled: boolean;
  /** Entries; 0 = bounded by bytes only. */
  maxSize: number;
  /** 0 = never expires. */
  ttlMs: number;
}

/** Long prompts would make an entry count meaningless as a bound on memory. */
const BYTES_MAX = 64 * 1024 * 1024;
/** Rough cost of an entry besides its text, which is kept a second time as the body of a lookup. */
const ENTRY_BYTES = 200;

/** Prompt key → its tokens, ready to be sent to the controller. Least recently used go first. */
export class TokenCache {
  readonly #cache: LRUCache<string, PromptTokens> | undefined;
  hits = 0;
  misses = 0;

  /** @param nowMs monotonic clock */
  constructor(config: TokenCacheConfig, nowMs: () => number) {
    if (!config.enabled) return;
    this.#cache = new LRUCache<string, PromptTokens>({
      ...(config.maxSize > 0 && { max: config.maxSize }),
      maxSize: BYTES_MAX,
      sizeCalculation: (tokens) => 2 * tokens.json.length + ENTRY_BYTES,
      ttl: config.ttlMs,
      ttlResolution: 0,
      perf: { now: nowMs },
    });
  }

  get size(): number {
    return this.#cache?.size ?? 0;
  }

  get bytes(): number {
    return this.#cache?.calculatedSize ?? 0;
  }

  get(key: string): PromptTokens | undefined {
    const tokens = this.#cache?.get(key);
    if (tokens) this.hits++;
    else this.misses++;
    return tokens;
  }

  /** Without counting a hit or renewing the entry. */
  peek(key: string): PromptTokens | undefined {
    return this.#cache?.peek(key);
  }

  set(key: string, tokens: PromptTokens): void {
    this.#cache?.set(key, tokens);
  }
}

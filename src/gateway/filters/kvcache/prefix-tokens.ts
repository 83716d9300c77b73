import { LRUCache } from 'lru-cache';
import type { PromptTokens } from '../../../net/controller/driver.ts';
import { type PromptView, prefixKeys } from '../../../protocol/openai.ts';
import { commonTokens } from './common-tokens.ts';

/** What is known of the prompts that begin with the same messages. */
interface Beginning {
  /** The latest such prompt: its key, its tokens, and whether it ended with these messages. */
  key: string;
  tokens: PromptTokens;
  isWhole: boolean;
  /** The tokens all of them have in common; undefined until two different ones were seen. */
  shared: PromptTokens | undefined;
  /** Different prompts compared. */
  comparisons: number;
}

/** How chats with the same model and template grow, as seen so far. */
interface Growth {
  comparisons: number;
  /** Most tokens of an earlier turn that the next one did not begin with. */
  lostTokensMax: number;
}

/** Comparisons that must agree before tokens of a beginning stand in for a prompt's own. */
const COMPARISONS_MIN = 2;
/** A template that rewrites more than this of the earlier turns is not one that appends. */
const LOST_TOKENS_MAX = 16;
/** Message boundaries looked at: the first few (shared instructions) and the last few (turns). */
const BOUNDARIES_EACH_END = 4;
const ENTRIES_MAX = 10_000;
const BYTES_MAX = 64 * 1024 * 1024;
const FRAMES_MAX = 1_000;

/**
 * Knows how prompts begin. The tokens of a chat's earlier turn, or of instructions many chats share,
 * are the beginning of the next prompt's tokens only if the chat template appends and never rewrites.
 * That is not assumed: it is compared whenever a prompt has been tokenized in full, and only
 * beginnings that held in every comparison, at least two, are handed out.
 */
export class PrefixTokens {
  readonly #beginnings = new LRUCache<string, Beginning>({
    max: ENTRIES_MAX,
    maxSize: BYTES_MAX,
    sizeCalculation: ({ tokens }) => tokens.json.length + 200,
  });
  readonly #growth = new LRUCache<string, Growth>({ max: FRAMES_MAX });

  /** Learns from a prompt whose tokens are known in full. */
  learn(view: PromptView, tokens: PromptTokens): void {
    for (const { key, messages } of boundariesOf(view)) {
      const isWhole = messages === view.messages.length;
      const known = this.#beginnings.get(key);
      if (known?.key === view.key) continue;
      const shared = known && this.#compare(view, known, tokens);
      this.#beginnings.set(key, {
        key: view.key,
        tokens,
        isWhole,
        shared,
        comparisons: known ? known.comparisons + 1 : 0,
      });
    }
  }

  /** The longest proven beginning of a prompt's tokens, and how many messages it covers. */
  find(view: PromptView): { tokens: PromptTokens; messages: number } | undefined {
    for (const { key, messages } of boundariesOf(view).reverse()) {
      const known = this.#beginnings.get(key);
      const tokens = known && (this.#sharedOf(known) ?? this.#earlierTurn(view, known));
      if (tokens && tokens.count > 0) return { tokens, messages };
    }
    return undefined;
  }

  #compare(view: PromptView, known: Beginning, tokens: PromptTokens): PromptTokens {
    const common = commonTokens(known.tokens, tokens);
    if (known.isWhole) this.#noteGrowth(view.frameKey, known.tokens.count - common.count);
    return known.shared && known.shared.count < common.count ? known.shared : common;
  }

  #noteGrowth(frameKey: string, lostTokens: number): void {
    const growth = this.#growth.get(frameKey) ?? { comparisons: 0, lostTokensMax: 0 };
    growth.comparisons++;
    growth.lostTokensMax = Math.max(growth.lostTokensMax, lostTokens);
    this.#growth.set(frameKey, growth);
  }

  #sharedOf(known: Beginning): PromptTokens | undefined {
    return known.comparisons >= COMPARISONS_MIN ? known.shared : undefined;
  }

  #earlierTurn(view: PromptView, known: Beginning): PromptTokens | undefined {
    const growth = this.#growth.get(view.frameKey);
    if (!known.isWhole || !growth || growth.comparisons < COMPARISONS_MIN) return undefined;
    return growth.lostTokensMax <= LOST_TOKENS_MAX
      ? firstTokens(known.tokens, known.tokens.count - growth.lostTokensMax)
      : undefined;
  }
}

function boundariesOf(view: PromptView): { key: string; messages: number }[] {
  const count = view.messages.length;
  return prefixKeys(view)
    .map((key, index) => ({ key, messages: index + 1 }))
    .filter(
      ({ messages }) => messages <= BOUNDARIES_EACH_END || messages > count - BOUNDARIES_EACH_END,
    );
}

function firstTokens(tokens: PromptTokens, count: number): PromptTokens {
  if (count >= tokens.count) return tokens;
  const ids = (JSON.parse(tokens.json) as number[]).slice(0, Math.max(0, count));
  return { json: JSON.stringify(ids), count: ids.length };
}

import { LRUCache } from 'lru-cache';
import type { PromptTokens } from '../../net/controller/driver.ts';
import { type PromptView, prefixKeys } from '../../protocol/openai.ts';
import { commonTokens } from './common-tokens.ts';

/** What is known of the prompts that begin with the same messages. */
interface Beginning {
  /** The latest such prompt: its key, its tokens, and whether it ended with these messages. */
  key: string;
  tokens: PromptTokens;
  isWhole: boolean;
  /** How its next message begins, as sent; empty when there is none. */
  nextHead: string;
  /** The tokens all prompts compared so far have in common. */
  shared: PromptTokens | undefined;
  /** Comparisons of prompts that part right behind these messages. */
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
/**
 * Prompts are compared at a boundary only if their next messages differ within so many bytes. They
 * then share, beyond the boundary, at most the next message's header and what these bytes become.
 */
const HEAD_BYTES = 32;
/** Cut off the end of what was found in common: more than the above can come to. */
const OVERSHOOT_TOKENS = 24;
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
      const known = this.#beginnings.get(key);
      if (known?.key === view.key) continue;
      const isWhole = messages === view.messages.length;
      const latest = { key: view.key, tokens, isWhole, nextHead: nextHeadOf(view, messages) };
      const isParting = known !== undefined && known.nextHead !== latest.nextHead;
      const shared = isParting ? this.#compare(view, known, tokens) : known?.shared;
      const comparisons = (known?.comparisons ?? 0) + (isParting ? 1 : 0);
      this.#beginnings.set(key, { ...latest, shared, comparisons });
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
    if (!known.shared || known.comparisons < COMPARISONS_MIN) return undefined;
    return withoutLast(known.shared, OVERSHOOT_TOKENS);
  }

  #earlierTurn(view: PromptView, known: Beginning): PromptTokens | undefined {
    const growth = this.#growth.get(view.frameKey);
    if (!known.isWhole || !growth || growth.comparisons < COMPARISONS_MIN) return undefined;
    return growth.lostTokensMax <= LOST_TOKENS_MAX
      ? withoutLast(known.tokens, OVERSHOOT_TOKENS)
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

function nextHeadOf(view: PromptView, messages: number): string {
  const next = view.messages[messages];
  if (!next) return '';
  return view.body.toString('latin1', next.start, Math.min(next.end, next.start + HEAD_BYTES));
}

function withoutLast(tokens: PromptTokens, count: number): PromptTokens {
  let end = tokens.json.length - 1;
  for (let cut = 0; cut < count && end > 0; cut++) end = tokens.json.lastIndexOf(',', end - 1);
  return end > 0
    ? { json: `${tokens.json.slice(0, end)}]`, count: tokens.count - count }
    : { json: '[]', count: 0 };
}

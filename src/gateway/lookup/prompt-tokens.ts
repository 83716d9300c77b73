import type { Clock } from '../../base/clock.ts';
import { within } from '../../base/within.ts';
import type { PromptTokens } from '../../net/controller/driver.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { PrefixTokens } from './prefix-tokens.ts';
import type { Prompt } from './prompt.ts';
import type { TokenCache } from './token-cache.ts';
import type { EngineCall, Tokenizer } from './tokenizer.ts';
import { gatewayError } from '../errors.ts';
import { netError } from '../../net/errors.ts';

export interface PromptTokensSourceOptions {
  clock: Clock;
  cache: TokenCache;
  tokenizer: Tokenizer;
  prefixes: PrefixTokens;
  /** Bound on one tokenization; it may outlive the request that asked for it. */
  timeoutMs: number;
}

/** Tokenizations under way at most; prompts beyond that go unrouted rather than wait. */
const RUNNING_MAX = 256;

/** A prompt's tokens, from the cache or the engine; requests with the same prompt share one call. */
export class PromptTokensSource {
  readonly #options: PromptTokensSourceOptions;
  readonly #running = new Map<string, Promise<PromptTokens>>();

  constructor(options: PromptTokensSourceOptions) {
    this.#options = options;
  }

  cached(prompt: Prompt): PromptTokens | undefined {
    return this.#options.cache.get(prompt.key);
  }

  /** Tokens the prompt is proven to begin with, and the share of its bytes they stand for. */
  beginning(prompt: Prompt): { tokens: PromptTokens; share: number } | undefined {
    const { view } = prompt;
    const found = this.#options.prefixes.find(view);
    if (!found) return undefined;
    const { start, end } = view.promptSpan;
    const coveredBytes = view.messages[found.messages - 1]!.end - start;
    return { tokens: found.tokens, share: coveredBytes / (end - start) };
  }

  /** Starts or joins the tokenization; its result lands in the cache. @throws KvcacheError as `Tokenizer.tokenize` */
  tokenize(prompt: Prompt, cluster: Cluster): Promise<PromptTokens> {
    const { plan, key } = prompt;
    if (!plan)
      return Promise.reject(
        gatewayError('NOT_TOKENIZABLE', { message: 'This kind of prompt cannot be tokenized.' }),
      );
    if (plan.kind === 'tokens') {
      const tokens = { json: JSON.stringify(plan.tokens), count: plan.tokens.length };
      this.#options.cache.set(key, tokens);
      return Promise.resolve(tokens);
    }
    const running = this.#running.get(key);
    if (running) return running;
    if (this.#running.size >= RUNNING_MAX) {
      return Promise.reject(
        gatewayError('NOT_TOKENIZABLE', {
          message: 'Too many prompts are being tokenized already.',
        }),
      );
    }
    const started = this.#start(prompt, plan, cluster);
    this.#running.set(key, started);
    return started;
  }

  /** As `tokenize`, given up after `waitMs` while the tokenization itself goes on. */
  tokenizeWithin(prompt: Prompt, cluster: Cluster, waitMs: number): Promise<PromptTokens> {
    const { clock } = this.#options;
    return within(this.tokenize(prompt, cluster), { clock, waitMs }, () => tooSlow(waitMs));
  }

  async #start(prompt: Prompt, plan: EngineCall, cluster: Cluster): Promise<PromptTokens> {
    const { tokenizer, timeoutMs, cache, prefixes } = this.#options;
    try {
      const tokens = await tokenizer.tokenize(plan, cluster, { timeoutMs });
      cache.set(prompt.key, tokens);
      if (!prompt.isMultimodal) prefixes.learn(prompt.view, tokens);
      return tokens;
    } finally {
      this.#running.delete(prompt.key);
    }
  }
}

function tooSlow(waitMs: number) {
  return netError('TIMEOUT', {
    message: `Not tokenized within ${waitMs} ms.`,
    remedy: 'Raise x-kvcache.routing.tokenize_timeout, or give the tokenizer more capacity.',
  });
}

import { attempt } from '../base/attempt.ts';
import { redactUrl } from '../base/origin.ts';
import { EngineClient } from '../net/engine-client.ts';
import { type ChatSetting, mustChat, tokenizeBody } from './chat.ts';
import { targetError } from './errors.ts';

/**
 * How long a prompt is in tokens, chat template included: by the first server that tokenizes chats,
 * or, where none does, by what a real answer bills. Close it when done.
 */
export class TokenMeter {
  readonly #urls: readonly string[];
  readonly #chat: ChatSetting;
  #tokenizer: Promise<EngineClient | null> | undefined;

  /** @param urls base URLs of servers of one model, engines first, at least one */
  constructor(urls: readonly string[], chat: ChatSetting) {
    this.#urls = urls;
    this.#chat = chat;
  }

  async hasTokenizer(): Promise<boolean> {
    return (await this.#find()) !== null;
  }

  /** Token ids of the chat request with this prompt; null where no server tokenizes. @throws KvcacheError as `EngineClient.tokenize` */
  async tokenizeIds(prompt: string): Promise<readonly number[] | null> {
    const tokenizer = await this.#find();
    return tokenizer === null ? null : this.#ask(tokenizer, prompt);
  }

  /**
   * Tokens of the chat request with this prompt. Without a tokenizer the prompt is really sent, for
   * one token, and is in a cache afterwards: measure with others of the same kind.
   * @throws KvcacheError LENGTH_UNKNOWN (kind target), as `mustChat` and `EngineClient.tokenize`
   */
  async countTokens(prompt: string): Promise<number> {
    const ids = await this.tokenizeIds(prompt);
    if (ids !== null) return ids.length;
    const url = this.#urls[0]!;
    const { sample } = await mustChat({ url, prompt, outputTokens: 1 }, this.#chat);
    if (sample.promptTokens !== undefined) return sample.promptTokens;
    throw targetError('LENGTH_UNKNOWN', { where: redactUrl(url) });
  }

  async close(): Promise<void> {
    await (await this.#tokenizer)?.close();
  }

  #find(): Promise<EngineClient | null> {
    return (this.#tokenizer ??= this.#firstThatTokenizes());
  }

  async #firstThatTokenizes(): Promise<EngineClient | null> {
    const { targets, clock, signal } = this.#chat;
    for (const baseUrl of this.#urls) {
      const { access } = targets;
      const client = new EngineClient({ baseUrl, clock, access, connectionsMax: 8 });
      const { value } = await attempt(() => this.#ask(client, 'How long is this?'));
      signal?.throwIfAborted();
      // llama.cpp answers a chat body with no tokens: it wants plain text.
      if (value !== undefined && value.length > 0) return client;
      await client.close();
    }
    return null;
  }

  async #ask(client: EngineClient, prompt: string): Promise<readonly number[]> {
    const { targets, timeoutMs, signal } = this.#chat;
    return (await client.tokenize(tokenizeBody(targets.model, prompt), { timeoutMs, signal }))
      .tokens;
  }
}

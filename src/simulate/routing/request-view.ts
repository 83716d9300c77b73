import { type BlockChain, hashWords } from '../../gateway/policies/block-hash.ts';
import type { Reading } from '../../gateway/policies/reading.ts';
import { type PromptView, viewPrompt } from '../../protocol/openai.ts';

/** Where clients send prompts of token ids. */
export const PATH = '/v1/completions';

/** Bytes of a prompt that a policy looks at beside its tokens; see `placeKeyOf`. */
const HEAD_BYTES = 1_100;

/**
 * What a gateway reads from a completion request with these token ids. Nothing is written or read before a policy
 * asks, and of the body only the beginning: the tokens are at hand.
 */
export class SimulatedReading implements Reading {
  readonly absence = 'no-prompt';
  readonly #tokens: Uint32Array;
  readonly #model: string;
  readonly #blockTokens: number;
  #view: PromptView | undefined;
  #chain: BlockChain | undefined;

  constructor(tokens: Uint32Array, model: string, blockTokens: number) {
    this.#tokens = tokens;
    this.#model = model;
    this.#blockTokens = blockTokens;
  }

  get view(): PromptView {
    return (this.#view ??= viewPrompt(bodyOf(this.#tokens, this.#model), PATH)!);
  }

  get indexed(): { view: PromptView; chain: BlockChain } {
    const { view } = this;
    this.#chain ??= hashWords(
      {
        words: new Int32Array(this.#tokens.buffer, this.#tokens.byteOffset, this.#tokens.length),
        promptBytes: this.#tokens.byteLength,
        promptTokens: this.#tokens.length,
      },
      view.rootKey,
      this.#blockTokens,
    );
    return { view, chain: this.#chain };
  }
}

function bodyOf(tokens: Uint32Array, model: string): Buffer {
  let head = '';
  for (let at = 0; at < tokens.length && head.length < HEAD_BYTES; at++) {
    head += at === 0 ? String(tokens[at]) : `,${tokens[at]}`;
  }
  return Buffer.from(`{"model":${JSON.stringify(model)},"prompt":[${head}]}`);
}

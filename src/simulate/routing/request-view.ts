import { type BlockChain, hashWords } from '../../gateway/policies/block-hash.ts';
import type { IndexedPrompt } from '../../gateway/policies/prefix-route.ts';
import type { Reading } from '../../gateway/policies/reading.ts';
import { type PromptView, viewPrompt } from '../../protocol/openai.ts';

/** Where clients send prompts of token ids. */
export const PATH = '/v1/completions';

/** Bytes of a prompt that a policy looks at beside its tokens; see `placeKeyOf`. */
const HEAD_BYTES = 1_100;

/** Reads completion requests with token ids for one model, as a gateway would. */
export class SimulatedReader {
  readonly #model: string;
  readonly #blockTokens: number;
  #rootKey: string | undefined;

  constructor(model: string, blockTokens: number) {
    this.#model = model;
    this.#blockTokens = blockTokens;
  }

  read(tokens: Uint32Array): SimulatedReading {
    return new SimulatedReading({
      viewOf: () => viewPrompt(bodyOf(tokens, this.#model), PATH)!,
      chainOf: (view) => {
        // What stands beside the tokens is the same in all requests.
        this.#rootKey ??= view().rootKey;
        const words = new Int32Array(tokens.buffer, tokens.byteOffset, tokens.length);
        const { byteLength: promptBytes, length: promptTokens } = tokens;
        return hashWords({ words, promptBytes, promptTokens }, this.#rootKey, this.#blockTokens);
      },
    });
  }
}

interface Reads {
  viewOf: () => PromptView;
  chainOf: (view: () => PromptView) => BlockChain;
}

/** Nothing is written or read before a policy asks, and of the body only the beginning: the tokens are at hand. */
class SimulatedReading implements Reading, IndexedPrompt {
  readonly absence = 'no-prompt';
  readonly #reads: Reads;
  #view: PromptView | undefined;
  #chain: BlockChain | undefined;

  constructor(reads: Reads) {
    this.#reads = reads;
  }

  get indexed(): IndexedPrompt {
    return this;
  }

  get view(): PromptView {
    return (this.#view ??= this.#reads.viewOf());
  }

  get chain(): BlockChain {
    return (this.#chain ??= this.#reads.chainOf(() => this.view));
  }
}

function bodyOf(tokens: Uint32Array, model: string): Buffer {
  let head = '';
  for (let at = 0; at < tokens.length && head.length < HEAD_BYTES; at++) {
    head += at === 0 ? String(tokens[at]) : `,${tokens[at]}`;
  }
  return Buffer.from(`{"model":${JSON.stringify(model)},"prompt":[${head}]}`);
}

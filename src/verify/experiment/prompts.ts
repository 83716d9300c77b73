import { mixSeed } from '../../base/random.ts';
import { KvcacheError } from '../../base/errors.ts';
import { shuffled } from '../../base/shuffled.ts';

/** Token ids of a prompt as the engine will see it, chat template applied. */
export type Tokenize = (prompt: string) => Promise<readonly number[]>;

/** Two prompts that share their beginning: one to fill a cache, one to use it. */
export interface PromptPair {
  prime: string;
  measured: string;
}

export interface PromptMakerOptions {
  tokenize: Tokenize;
  seed: number;
  nonce: string;
  /** Tokens that both prompts of a cacheable pair share at least, chat template included. */
  prefixTokens: number;
}

const WORDS =
  'time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea body information back parent face others level office door health person art war history party result change morning reason research girl guy moment air teacher force education'.split(
    ' ',
  );

const SUFFIX_WORDS = 12;
/** Tags tokenize a little differently each time. */
const SLACK_TOKENS = 12;
const WORDS_MAX = 200_000;

/**
 * Makes prompts whose shared part is as long as asked in the deployment's own tokens, with a nonce
 * in the very first words, so that not even the first block of two different groups is equal, and a
 * suffix that starts at a word, so that no tokenizer merges across the edge.
 */
export class PromptMaker {
  readonly #options: PromptMakerOptions;
  #words = 0;
  /** Tokens that all prompts share: the chat template's beginning. */
  floorTokens = 0;

  constructor(options: PromptMakerOptions) {
    this.#options = options;
  }

  /**
   * Finds out how many words make the prefix, by asking the tokenizer.
   * @throws KvcacheError PROMPT_TOO_SHORT (kind target), and what tokenizing throws
   */
  async calibrate(): Promise<void> {
    const target = this.#options.prefixTokens + SLACK_TOKENS;
    let words = Math.max(16, Math.ceil(this.#options.prefixTokens * 0.8));
    for (let round = 0; round < 8 && words < WORDS_MAX; round++) {
      this.#words = words;
      const shared = await this.#sharedTokens(`calibrate-${round}`);
      if (shared >= target) {
        this.floorTokens = await this.#measureFloor();
        return;
      }
      words = Math.max(
        words + 8,
        Math.ceil((words * (target + SLACK_TOKENS)) / Math.max(shared, 1)),
      );
    }
    throw new KvcacheError({
      kind: 'target',
      code: 'PROMPT_TOO_SHORT',
      message: `No prompt with ${this.#options.prefixTokens} shared tokens could be made.`,
      remedy: 'Check that /tokenize counts real tokens, or ask for fewer with --prefix-tokens.',
    });
  }

  /** A pair that shares its prefix; equal names give equal pairs. */
  cacheable(name: string): PromptPair {
    const prefix = this.#prefix(name);
    return {
      prime: `${prefix} ${this.#suffix(name, 'prime')}`,
      measured: `${prefix} ${this.#suffix(name, 'measured')}`,
    };
  }

  /** A pair of equal length that shares nothing but the chat template. */
  uncacheable(name: string): PromptPair {
    return {
      prime: `${this.#prefix(`${name}/prime`)} ${this.#suffix(name, 'prime')}`,
      measured: `${this.#prefix(`${name}/measured`)} ${this.#suffix(name, 'measured')}`,
    };
  }

  /** A pair of the usual length that shares only the given part (0..1) of the prefix. */
  partly(name: string, share: number): PromptPair {
    const words = this.#prefix(name).split(' ');
    const kept = Math.max(0, Math.round(share * words.length));
    const rest = (use: string): string =>
      this.#prefix(`${name}/${use}`)
        .split(' ')
        .slice(0, words.length - kept)
        .join(' ');
    const shared = words.slice(0, kept).join(' ');
    const text = (use: string): string =>
      [shared, rest(use), this.#suffix(name, use)].filter(Boolean).join(' ');
    return { prime: text('prime'), measured: text('measured') };
  }

  #prefix(name: string): string {
    return `${this.#tag(name)} ${this.#wordsOf(name, this.#words)}`;
  }

  #suffix(name: string, use: string): string {
    const path = `${name}/suffix/${use}`;
    return `${this.#tag(path)} ${this.#wordsOf(path, SUFFIX_WORDS)}`;
  }

  /** Sixteen hex digits: unlike another tag within its first tokens. */
  #tag(path: string): string {
    const { seed, nonce } = this.#options;
    const high = mixSeed(seed, nonce, path);
    const low = mixSeed(seed, path, nonce, 'low');
    return `${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`;
  }

  /**
   * The same words every time, in another order: tokenizers that do not merge across spaces give
   * every such text the same length.
   */
  #wordsOf(path: string, count: number): string {
    const { seed, nonce } = this.#options;
    const words = Array.from({ length: count }, (_, index) => WORDS[index % WORDS.length]!);
    return shuffled(words, mixSeed(seed, nonce, path, 'words')).join(' ');
  }

  async #sharedTokens(name: string): Promise<number> {
    const { prime, measured } = this.cacheable(name);
    return commonPrefix(
      await this.#options.tokenize(prime),
      await this.#options.tokenize(measured),
    );
  }

  async #measureFloor(): Promise<number> {
    const { prime, measured } = this.uncacheable('floor');
    return commonPrefix(
      await this.#options.tokenize(prime),
      await this.#options.tokenize(measured),
    );
  }
}

/** Leading tokens that two prompts have in common. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index;
  return length;
}

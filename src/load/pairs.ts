import { mixSeed } from '../base/random.ts';
import { shuffled } from '../base/shuffled.ts';
import { fitWords } from './prompts.ts';
import type { Ruler } from './ruler.ts';
import { DIFFERENT_WORDS, ORDERED_WORDS_MIN, orderedWords } from './words.ts';
import { loadError } from './errors.ts';

/** Two prompts: one to fill a cache, one to use it. */
export interface PromptPair {
  prime: string;
  measured: string;
}

export interface PairOptions {
  ruler: Ruler;
  seed: number;
  /** Makes the prompts of this run new; equal seeds and nonces give equal prompts. */
  nonce: string;
  /** Tokens that both prompts of a cacheable pair share at least, chat template included. */
  sharedTokens: number;
  /** Tokens that no prompt may exceed. */
  lengthMax?: number | undefined;
}

const SUFFIX_WORDS = 12;
/** Every word once, to see how many tokens a word is on average; fewer where a model takes little. */
const PROBE = { words: DIFFERENT_WORDS, tokensEach: 4 };
/** Shared tokens beyond what was asked for that are good enough; at least a few words of them. */
const SLACK = { share: 0.02, tokensMin: 4 };

/**
 * Pairs of prompts of a known length. All prompts of one kind are the same words in another order, so
 * that they are equally long in any tokenizer that does not merge across spaces. Prompts of different
 * names begin with different words, so that not even their first blocks are equal. What follows a
 * shared part starts at a word, so that no tokenizer merges across the edge.
 */
export class PromptPairs {
  readonly #options: PairOptions;
  readonly #words: number;
  /** Tokens that all prompts share: the beginning of the chat template. */
  readonly floorTokens: number;
  /** Of every prompt but the `short` and the `longer` ones. */
  readonly promptTokens: number;
  /** Tokens that a cacheable pair shares. */
  readonly sharedTokens: number;

  private constructor(options: PairOptions, words: number, lengths: Lengths) {
    this.#options = options;
    this.#words = words;
    this.floorTokens = lengths.floorTokens;
    this.promptTokens = lengths.promptTokens;
    this.sharedTokens = lengths.sharedTokens;
  }

  /**
   * Finds out how many words make the shared part, by measuring.
   * @throws KvcacheError PROMPT_TOO_SHORT (kind target), PROMPT_TOO_LONG (kind usage), and what
   * measuring throws
   */
  static async fit(options: PairOptions): Promise<PromptPairs> {
    const { ruler, sharedTokens: target, lengthMax = Infinity } = options;
    const sized = (words: number): PromptPairs => new PromptPairs(options, words, NO_LENGTHS);
    const sharedBy = ({ prime, measured }: PromptPair): Promise<number> =>
      ruler.shared(prime, measured);
    const sharedAt = async (words: number): Promise<number> => {
      const pairs = sized(words);
      const found = ['fit-a', 'fit-b'].map((name) => sharedBy(pairs.cacheable(name)));
      return Math.min(...(await Promise.all(found)));
    };
    const room = Math.floor(lengthMax / PROBE.tokensEach);
    const probed = Math.min(PROBE.words, Math.max(ORDERED_WORDS_MIN, room));
    const floorTokens = await sharedBy(sized(probed).uncacheable('fit'));
    const perWord = ((await sharedAt(probed)) - floorTokens) / probed;
    const fitted = await fitWords(target, sharedAt, {
      start: Math.ceil((target - floorTokens) / Math.max(0.1, perWord)),
      slack: Math.max(SLACK.tokensMin, Math.floor(SLACK.share * target)),
    });
    const words = Math.max(ORDERED_WORDS_MIN, fitted);
    const sharedTokens = await sharedAt(words);
    if (sharedTokens < target) {
      const message = `No prompts that share ${target} tokens could be made; the best share ${sharedTokens}.`;
      throw loadError('PROMPT_TOO_SHORT', { message });
    }
    const { prime, measured } = sized(words).longer('fit');
    const promptTokens = await ruler.length(prime);
    const longest = await ruler.length(measured);
    if (longest > lengthMax) throw tooLong(target, { longest, lengthMax });
    return new PromptPairs(options, words, { floorTokens, promptTokens, sharedTokens });
  }

  /** A pair that shares its beginning; equal names give equal pairs. */
  cacheable(name: string): PromptPair {
    return this.partly(name, 1);
  }

  /** A pair of equal length that shares nothing but the chat template. */
  uncacheable(name: string): PromptPair {
    return this.partly(name, 0);
  }

  /** A pair of the usual length that shares only the given part (0..1) of the beginning. */
  partly(name: string, share: number): PromptPair {
    const words = this.#order(name, this.#words);
    const kept = Math.round(Math.min(1, Math.max(0, share)) * words.length);
    const [rest, otherRest] = this.#unlike(`${name}/rest`, words.slice(kept));
    const [suffix, otherSuffix] = this.#suffixes(name);
    const shared = words.slice(0, kept);
    return {
      prime: [...shared, ...rest, ...suffix].join(' '),
      measured: [...shared, ...otherRest, ...otherSuffix].join(' '),
    };
  }

  /** A cacheable pair whose second prompt begins with all of its first. */
  longer(name: string): PromptPair {
    const { prime } = this.cacheable(name);
    return { prime, measured: [prime, ...this.#suffixes(name)[1]].join(' ') };
  }

  /** A few unlike words, for traffic in between. */
  short(name: string): string {
    return this.#order(`${name}/short`, SUFFIX_WORDS).join(' ');
  }

  #suffixes(name: string): [string[], string[]] {
    return this.#unlike(`${name}/suffix`, this.#order(`${name}/suffix`, SUFFIX_WORDS));
  }

  /** Two orders of the same words that differ from their first letter on. */
  #unlike(path: string, words: readonly string[]): [string[], string[]] {
    const one = shuffled(words, this.#seedOf(`${path}/prime`));
    const other = shuffled(words, this.#seedOf(`${path}/measured`));
    const start = Math.max(
      0,
      other.findIndex((word) => word[0] !== one[0]![0]),
    );
    return [one, [...other.slice(start), ...other.slice(0, start)]];
  }

  #order(path: string, count: number): string[] {
    const { seed, nonce } = this.#options;
    return orderedWords(count, `${seed}/${nonce}/${path}`);
  }

  #seedOf(path: string): number {
    return mixSeed(this.#options.seed, this.#options.nonce, path);
  }
}

interface Lengths {
  floorTokens: number;
  promptTokens: number;
  sharedTokens: number;
}

/** Of pairs that are still being measured. */
const NO_LENGTHS: Lengths = { floorTokens: 0, promptTokens: 0, sharedTokens: 0 };

function tooLong(target: number, { longest, lengthMax }: { longest: number; lengthMax: number }) {
  const fitting = Math.floor((target - (longest - lengthMax)) / (1 + SLACK.share));
  return loadError('PROMPT_TOO_LONG', {
    message: `Prompts that share ${target} tokens are up to ${longest} tokens long; the model takes ${lengthMax}.`,
    remedy:
      fitting > 0
        ? `Ask for at most ${fitting} shared tokens, or for shorter answers.`
        : 'Even prompts that share nothing are too long for this model.',
  });
}

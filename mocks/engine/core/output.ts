import type { Random } from '../../../src/base/random.ts';
import { SPECIAL, type Tokenizer } from '../../kv/tokens.ts';
import type { OutputLengthProfile } from '../../profiles/profile.ts';
import type { PlannedOutput } from './request.ts';

const SENTENCES = [
  'A prefix that stays resident is read once and reused by every later turn.\n',
  'Blocks are kept in the order of their last release, so the tail of a prompt leaves first.\n',
  'When two engines hold the same prefix, the shorter queue should win.\n',
  'Prefill work grows with the tokens that were not found, decode work with the context.\n',
  'A router that follows the cache saves the time of computing it again.\n',
  'Pinned blocks stay until their lease ends, whatever the pressure.\n',
  'The first answer is slow, the second one should not be.\n',
  'Measure before and after, and keep the samples.\n',
];

/** Answers up to this length are built once and kept. */
const SHARED_LENGTH_MAX = 256;

/** Sentences to answer with, encoded once per tokenizer. */
export class AnswerBook {
  readonly #tokens: number[];
  readonly #pieces: string[];
  /** Token positions where a sentence begins. */
  readonly #starts: number[] = [];
  readonly #shared: PlannedOutput[] = [];
  readonly #tokenizer: Tokenizer;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#tokens = [];
    for (const sentence of SENTENCES) {
      this.#starts.push(this.#tokens.length);
      this.#tokens.push(...tokenizer.encode(sentence));
    }
    this.#pieces = this.#tokens.map((id) => tokenizer.tokenText(id));
  }

  /** `length` tokens of sentences from a random one on, the last of them end-of-turn when it stops by itself. */
  answer(random: Random, length: number, finishReason: 'stop' | 'length'): PlannedOutput {
    const sentence = random.int(this.#starts.length);
    if (length > SHARED_LENGTH_MAX) return this.#build(sentence, length, finishReason);
    // Answers are never changed, and there are few short ones.
    const place = (length * 2 + (finishReason === 'stop' ? 1 : 0)) * SENTENCES.length + sentence;
    return (this.#shared[place] ??= this.#build(sentence, length, finishReason));
  }

  /** A sentence as `{"answer": …}`, cut after `maxTokens`. */
  jsonAnswer(random: Random, maxTokens: number): PlannedOutput {
    const answer = SENTENCES[random.int(SENTENCES.length)]!.trim();
    const whole = this.#tokenizer.encode(JSON.stringify({ answer }));
    const isCut = whole.length + 1 > maxTokens;
    const tokens = isCut ? whole.slice(0, maxTokens) : [...whole, SPECIAL.messageEnd];
    const pieces = tokens.map((id) =>
      id === SPECIAL.messageEnd ? '' : this.#tokenizer.tokenText(id),
    );
    const finishReason = isCut ? 'length' : 'stop';
    return { tokens, pieces, text: pieces.join(''), finishReason, stopReason: null };
  }

  #build(sentence: number, length: number, finishReason: 'stop' | 'length'): PlannedOutput {
    const words = finishReason === 'stop' ? length - 1 : length;
    const start = this.#starts[sentence]!;
    const tokens = takeCyclic(this.#tokens, start, words);
    const pieces = takeCyclic(this.#pieces, start, words);
    if (finishReason === 'stop') {
      tokens.push(SPECIAL.messageEnd);
      pieces.push('');
    }
    return { tokens, pieces, text: pieces.join(''), finishReason, stopReason: null };
  }
}

export interface LengthLimits {
  maxTokens: number;
  minTokens: number;
  ignoreEos: boolean;
}

/** How long the answer is and why it ends: as vLLM, `length` exactly when max_tokens cut it. */
export function planLength(
  random: Random,
  profile: OutputLengthProfile,
  limits: LengthLimits,
): { length: number; finishReason: 'stop' | 'length' } {
  const { maxTokens } = limits;
  if (limits.ignoreEos) return { length: maxTokens, finishReason: 'length' };
  const drawn = Math.round(profile.medianTokens * Math.exp(profile.sigma * random.normal()));
  const length = Math.max(1, limits.minTokens, drawn);
  return length > maxTokens
    ? { length: maxTokens, finishReason: 'length' }
    : { length, finishReason: 'stop' };
}

function takeCyclic<T>(items: readonly T[], start: number, count: number): T[] {
  const taken = items.slice(start, start + count);
  while (taken.length < count) taken.push(...items.slice(0, count - taken.length));
  return taken;
}

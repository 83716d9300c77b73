import type { ChatMessage } from '../traces/messages.ts';

/** One prompt of a workload. */
export interface Prompt {
  messages: ChatMessage[];
  /** Prompts of one group share a prefix; empty when they share nothing. */
  group: string;
  /** Prompts of one session follow each other. */
  session?: string | undefined;
  /** From a trace: how many tokens the answer should have. */
  outputTokens?: number | undefined;
}

/** One that is written when it is read: who takes every fourth must not pay for all. */
export function promptOf(write: () => ChatMessage[], about: Omit<Prompt, 'messages'>): Prompt {
  return {
    ...about,
    get messages() {
      return write();
    },
  };
}

/** A prompt of one message that shares nothing. */
export function userPrompt(content: string, group = ''): Prompt {
  return { messages: [{ role: 'user', content }], group };
}

/** Prompts in order; an array, or what writes them when asked. */
export interface PromptList {
  readonly length: number;
  at(index: number): Prompt | undefined;
}

/** The tokens a deployment makes of a chat, chat template applied. */
export type Tokenize = (messages: readonly ChatMessage[]) => Promise<readonly number[]>;

/**
 * Stands in where the deployment has no tokenizer: one token per word and four for the template.
 * Good enough to size a prompt, not to predict a cache hit.
 */
export const estimateTokens: Tokenize = (messages) => {
  const ids = messages.flatMap(({ role, content }) => [
    ...[role, ':'].map(wordId),
    ...content.split(/\s+/).map(wordId),
  ]);
  return Promise.resolve([...ids, 0, 0]);
};

function wordId(word: string): number {
  let id = 7;
  for (let index = 0; index < word.length; index++) id = (id * 31 + word.charCodeAt(index)) | 0;
  return id;
}

/** Number of leading tokens two prompts have in common: what a prefix cache could reuse at most. */
export function commonPrefix(left: readonly number[], right: readonly number[]): number {
  const end = Math.min(left.length, right.length);
  for (let index = 0; index < end; index++) if (left[index] !== right[index]) return index;
  return end;
}

const ROUNDS_MAX = 12;

/**
 * Smallest word count found whose measured size reaches `target` tokens, by correcting with the
 * tokens per word seen so far.
 * @param measure tokens at a word count; must grow with it
 * @param hints where to begin, and how many tokens too many are good enough, which saves rounds
 */
export async function fitWords(
  target: number,
  measure: (words: number) => Promise<number>,
  { start = target, slack = 0 }: { start?: number; slack?: number } = {},
): Promise<number> {
  let words = Math.max(1, start);
  let best: number | undefined;
  let tooFew = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const tokens = await measure(words);
    if (tokens >= target) best = Math.min(best ?? words, words);
    else tooFew = Math.max(tooFew, words);
    if (best !== undefined && (best - tooFew <= 1 || isWithin(tokens - target, slack))) break;
    words = nextGuess({ words, tokens, target, best, tooFew });
  }
  return best ?? words;
}

function isWithin(excess: number, slack: number): boolean {
  return excess >= 0 && excess <= slack;
}

function nextGuess(state: {
  words: number;
  tokens: number;
  target: number;
  best: number | undefined;
  tooFew: number;
}): number {
  const { words, tokens, target, best, tooFew } = state;
  const perWord = Math.max(0.1, tokens / words);
  const guess = words + Math.round((target - tokens) / perWord) || words;
  const low = tooFew + 1;
  if (best === undefined) return Math.max(low, guess);
  return Math.min(best - 1, Math.max(low, guess));
}

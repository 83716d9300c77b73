import { hash32 } from '../../base/random.ts';
import { nonceWords, seededWords } from '../../load/words.ts';
import type { Probe, ProbeText } from './plan.ts';

/** How the engine's tokenizer counts our words. */
export interface TokenRate {
  perWord: number;
  /** What the chat template adds to every prompt. */
  template: number;
}

/** What a user would have to write for the probe's prompt; unlike any other's from its first word on. */
export function promptTextOf({ prefix, own }: Probe, { perWord, template }: TokenRate): string {
  const beginning = prefix ? wordsOf(prefix, prefix.tokens / perWord) : [];
  const rest = prefix ? own.tokens : own.tokens - template;
  return [...beginning, ...wordsOf(own, rest / perWord)].join(' ');
}

function wordsOf({ name }: ProbeText, count: number): string[] {
  const nonce = nonceWords('calibrate', name);
  return [...nonce, ...seededWords(Math.max(0, Math.round(count) - nonce.length), hash32(name))];
}

import { hash32 } from '../base/random.ts';
import type { LengthsPrompt, Trace } from '../traces/trace.ts';
import { Continuations } from './continuations.ts';
import { nonceWords, seededWords } from './words.ts';

/** An id, or what a request has after its last one, which no other request has. */
type Part = number | `tail/${number}`;

/**
 * As many words as a trace says tokens. Two texts begin with as many equal words as their leading equal
 * ids stand for, and the next word differs; where more than 133 ids follow the same one, one of the next
 * two. A word is about one token; the certificate tells the lengths the deployment makes of them.
 */
export class TraceTexts {
  readonly #runId: string;
  readonly #idTokens: number;
  readonly #continuations = new Continuations<Part>();

  constructor({ rows, idTokens }: Trace, runId: string) {
    this.#runId = runId;
    this.#idTokens = idTokens?.tokens ?? 0;
    for (const [index, { prompt }] of rows.entries()) {
      if (prompt.kind === 'messages') continue;
      const parts = this.#partsOf(prompt, index);
      for (const [place, part] of parts.entries()) this.#continuations.add(parts[place - 1], part);
    }
  }

  /** @param index of its row in the trace */
  of(prompt: LengthsPrompt, index: number): string {
    const { inputTokens } = prompt;
    const words: string[] = [];
    const parts = this.#partsOf(prompt, index);
    for (const [place, part] of parts.entries()) {
      const length = typeof part === 'number' ? this.#idTokens : inputTokens - words.length;
      words.push(...this.#wordsOf(parts[place - 1], part, length));
    }
    return words.slice(0, inputTokens).join(' ');
  }

  #partsOf({ inputTokens, ids }: LengthsPrompt, index: number): Part[] {
    const hasTail = inputTokens > ids.length * this.#idTokens;
    return hasTail ? [...ids, `tail/${index}`] : [...ids];
  }

  /** The first words tell it from whatever else continues the same part, the next ones from other runs. */
  #wordsOf(before: Part | undefined, part: Part, length: number): string[] {
    const name = `${this.#runId}/${part}`;
    const shift = hash32(`${this.#runId}/after/${before ?? ''}`);
    const head = this.#continuations.wordsOf(before, part, shift);
    const nonce = nonceWords(this.#runId, String(part));
    return [...head, ...nonce, ...seededWords(length, hash32(name))].slice(0, length);
  }
}

import { numberedWords } from './words.ts';

/**
 * What comes after what, so that everything that continues the same beginning can be told apart by its
 * first words.
 */
export class Continuations<Part> {
  readonly #known = new Map<Part | undefined, Map<Part, number>>();

  /** @param before undefined at the beginning */
  add(before: Part | undefined, part: Part): void {
    let followers = this.#known.get(before);
    if (followers === undefined) this.#known.set(before, (followers = new Map()));
    if (!followers.has(part)) followers.set(part, followers.size);
  }

  /** Words that no other part after the same one has. */
  wordsOf(before: Part | undefined, part: Part, shift: number): string[] {
    const followers = this.#known.get(before)!;
    return numberedWords(followers.get(part)!, followers.size, shift);
  }
}

import { createRandom, hash32 } from '../base/random.ts';
import { shuffled } from '../base/shuffled.ts';

/**
 * Common English words of four letters: one token each with a leading space in the usual BPE
 * vocabularies, and equally long for tokenizers that go by bytes. So prompts of as many words have as
 * many tokens, whatever the words.
 */
const WORDS = (
  'able also area army away baby back ball band bank base bear beat bell best bird blue boat body ' +
  'bone book born both call calm camp card care case cent city club coal coat cold come cook cool ' +
  'corn cost crew dark data date dead deal dear deep door down draw drop dust duty each earn east ' +
  'easy edge else even ever face fact fair fall farm fast fear feel file fill film find fine fire ' +
  'fish five flat flow food foot form four free full game gate gave give goal gold gone good gray ' +
  'grew grow hair half hall hand hard have head hear heat held help here high hill hold hole holy ' +
  'home hope hour huge idea iron item join jump just keep kept kind king knee know lack lady lake'
).split(' ');

export const DIFFERENT_WORDS = WORDS.length;

/** `count` words that follow from `seed` alone. */
export function seededWords(count: number, seed: number): string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => WORDS[random.int(WORDS.length)]!);
}

/** Fewer could not be ordered in enough ways to be unlike each other. */
export const ORDERED_WORDS_MIN = 16;

/**
 * `count` words, always the same ones, in an order that follows from `name`: however many tokens a
 * word is, texts of as many words have as many, and texts of different names are unlike each other
 * from their first words on. 64 bits of the name decide, the last 32 of them on the first words.
 */
export function orderedWords(count: number, name: string): string[] {
  const words = Array.from({ length: count }, (_, index) => WORDS[index % WORDS.length]!);
  const ordered = shuffled(words, hash32(name));
  const head = shuffled(ordered.slice(0, ORDERED_WORDS_MIN), hash32(name, SECOND_HASH));
  return [...head, ...ordered.slice(ORDERED_WORDS_MIN)];
}

/** Makes another 32 bits of the same text. */
const SECOND_HASH = 0x5bd1e995;

/**
 * One of `count` texts of equally many words, as few as it takes: the first word tells 133 of them apart,
 * the second what it leaves.
 * @param shift moves all of them on, so that others begin with other words
 */
export function numberedWords(index: number, count: number, shift: number): string[] {
  const words: string[] = [];
  for (let [rest, left] = [index, count]; left > 1 || words.length === 0;) {
    words.push(WORDS[(rest + shift) % WORDS.length]!);
    rest = Math.floor(rest / WORDS.length);
    left = Math.ceil(left / WORDS.length);
  }
  return words;
}

const NONCE_WORDS = 4;

/**
 * Eight words that make a prompt unlike any other from its first token on: over 50 bits from the run
 * and the request, to stand ahead of everything a cache could know. Equal for equal runs, so that a
 * run can be repeated.
 */
export function nonceWords(runId: string, name: string): string[] {
  const text = `${runId}/${name}`;
  return [
    ...seededWords(NONCE_WORDS, hash32(text)),
    ...seededWords(NONCE_WORDS, hash32(text, SECOND_HASH)),
  ];
}

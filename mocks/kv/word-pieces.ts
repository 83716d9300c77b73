/**
 * The number system behind the word-piece tokenizer. Every piece maps to its own id below 2^31 and
 * back, so no vocabulary is stored and any process can turn ids into text again.
 *
 * | class | piece | ids |
 * | --- | --- | --- |
 * | word | optional space, a letter, up to 5 lower-case letters | 2 · 2 · (26 + … + 26^6) |
 * | code | optional space, 1 to 5 of `A–Z 0–9 _` that is not a word | 2 · (37 + … + 37^5) |
 * | blank | 1 to 16 of one of space, newline, tab, return | 4 · 16 |
 * | point | one other code point, or one lone surrogate | 0x110000 |
 *
 * Ids 0–255 are bytes, 256–511 special tokens.
 */
export const WORD_UNITS_MAX = 6;
export const CODE_UNITS_MAX = 5;
export const BLANK_UNITS_MAX = 16;

const WORD_SPAN = geometric(26, WORD_UNITS_MAX);
const CODE_SPAN = geometric(37, CODE_UNITS_MAX);

const WORD_BASE = 512;
const CODE_BASE = WORD_BASE + 4 * WORD_SPAN;
const BLANK_BASE = CODE_BASE + 2 * CODE_SPAN;
export const POINT_BASE = BLANK_BASE + 4 * BLANK_UNITS_MAX;
export const ID_LIMIT = POINT_BASE + 0x110000;

const BLANKS = ' \n\t\r';
const CODE_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_';

/** First ordinal of pieces of each length: all shorter ones come before. */
export const WORD_OFFSETS = Int32Array.from(offsets(26, WORD_UNITS_MAX));
export const CODE_OFFSETS = Int32Array.from(offsets(37, CODE_UNITS_MAX));

/** Id of a word piece. `ordinal` reads its letters as a base-26 number, after all shorter words. */
export function wordId(spaced: 0 | 1, capital: 0 | 1, ordinal: number): number {
  return (WORD_BASE + (spaced * 2 + capital) * WORD_SPAN + ordinal) | 0;
}

export function codeId(spaced: 0 | 1, ordinal: number): number {
  return (CODE_BASE + spaced * CODE_SPAN + ordinal) | 0;
}

export function blankId(unit: number, length: number): number {
  return (BLANK_BASE + blankKind(unit) * BLANK_UNITS_MAX + length - 1) | 0;
}

/** Index of a whitespace unit that forms runs; -1 for any other. */
export function blankKind(unit: number): number {
  if (unit === 32) return 0;
  if (unit === 10) return 1;
  if (unit === 9) return 2;
  return unit === 13 ? 3 : -1;
}

/** The text of a piece, or undefined when no piece has this id. */
export function pieceText(id: number): string | undefined {
  if (!Number.isInteger(id) || id < WORD_BASE || id >= ID_LIMIT) return undefined;
  if (id < CODE_BASE) return wordText(id - WORD_BASE);
  if (id < BLANK_BASE) return codeText(id - CODE_BASE);
  if (id < POINT_BASE) {
    const index = id - BLANK_BASE;
    return BLANKS[Math.floor(index / BLANK_UNITS_MAX)]!.repeat((index % BLANK_UNITS_MAX) + 1);
  }
  return String.fromCodePoint(id - POINT_BASE);
}

function wordText(index: number): string {
  const kind = Math.floor(index / WORD_SPAN);
  const letters = digits(index % WORD_SPAN, WORD_OFFSETS, 26)
    .map((digit) => String.fromCharCode(97 + digit))
    .join('');
  const word = kind % 2 === 1 ? letters[0]!.toUpperCase() + letters.slice(1) : letters;
  return kind >= 2 ? ` ${word}` : word;
}

function codeText(index: number): string {
  const text = digits(index % CODE_SPAN, CODE_OFFSETS, 37)
    .map((digit) => CODE_ALPHABET[digit]!)
    .join('');
  return index >= CODE_SPAN ? ` ${text}` : text;
}

function digits(ordinal: number, lengthOffsets: Int32Array, base: number): number[] {
  let length = 1;
  while (length < lengthOffsets.length && ordinal >= lengthOffsets[length]!) length++;
  let rest = ordinal - lengthOffsets[length - 1]!;
  const result: number[] = [];
  for (let index = 0; index < length; index++) {
    result.unshift(rest % base);
    rest = Math.floor(rest / base);
  }
  return result;
}

function offsets(base: number, lengthMax: number): number[] {
  return Array.from({ length: lengthMax }, (_, index) => geometric(base, index));
}

/** base + base² + … + base^terms */
function geometric(base: number, terms: number): number {
  let sum = 0;
  for (let power = 1; power <= terms; power++) sum += base ** power;
  return sum;
}

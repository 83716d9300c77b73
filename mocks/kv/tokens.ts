import { TokenBuffer } from './token-buffer.ts';
import type { TokenIds } from './token-ids.ts';
import {
  BLANK_UNITS_MAX,
  blankId,
  blankKind,
  CODE_OFFSETS,
  CODE_UNITS_MAX,
  codeId,
  pieceText,
  POINT_BASE,
  WORD_OFFSETS,
  WORD_UNITS_MAX,
  wordId,
} from './word-pieces.ts';

/** Text ↔ token ids, deterministic and the same in every process. */
export interface Tokenizer {
  encode(text: string): number[];
  /** Appends the ids of `text`. */
  encodeInto(text: string, into: TokenBuffer): void;
  decode(tokens: TokenIds): string;
  /** Text of one token as `token_strs` shows it; special tokens by name, unknown ids as U+FFFD. */
  tokenText(id: number): string;
}

/** Special tokens, outside of what any text encodes to. */
export const SPECIAL = { bos: 256, messageStart: 257, messageEnd: 258, eos: 259 } as const;

const SPECIAL_TEXT: Readonly<Record<number, string>> = {
  [SPECIAL.bos]: '<s>',
  [SPECIAL.messageStart]: '<|im_start|>',
  [SPECIAL.messageEnd]: '<|im_end|>',
  [SPECIAL.eos]: '</s>',
};

const REPLACEMENT = '\uFFFD';

/** One pass over the text; see word-pieces.ts for the pieces. About 3 characters per token of English. */
export const wordTokenizer: Tokenizer = {
  encode: (text) => encodedBy(wordTokenizer, text),
  encodeInto: encodeWords,
  decode(tokens) {
    let text = '';
    for (let index = 0; index < tokens.length; index++) text += pieceText(tokens[index]!) ?? '';
    return text;
  },
  tokenText: (id) => pieceText(id) ?? SPECIAL_TEXT[id] ?? REPLACEMENT,
};

/** Of ASCII units: value of `0–9 A–Z _` in base 37; -1 for all others. */
const CODE_DIGITS = Int8Array.from({ length: 128 }, (_, unit) => {
  if (unit >= 65 && unit <= 90) return unit - 55;
  if (unit >= 48 && unit <= 57) return unit - 48;
  return unit === 95 ? 36 : -1;
});

const WORD_UNITS = Uint8Array.from(CODE_DIGITS, (digit, unit) =>
  digit >= 0 || (unit >= 97 && unit <= 122) ? 1 : 0,
);

/** What an ASCII unit begins, if nothing but itself decides: a lower-case word, a code, or a piece of its own. */
const OTHER = 0;
const LOWER = 1;
const DIGIT = 2;
const POINT = 3;
const KINDS = Uint8Array.from(CODE_DIGITS, (digit, unit) => {
  if (unit >= 97 && unit <= 122) return LOWER;
  if (digit >= 0) return unit >= 65 && unit <= 90 ? OTHER : DIGIT;
  return blankKind(unit) >= 0 ? OTHER : POINT;
});

/** Id of the first lower-case word of each length, without and with a space before it. */
const LOWER_BASES = Int32Array.from({ length: 2 * WORD_UNITS_MAX }, (_, index) =>
  wordId(index < WORD_UNITS_MAX ? 0 : 1, 0, WORD_OFFSETS[index % WORD_UNITS_MAX]!),
);

/** The ids alone, by a tokenizer that appends them. */
export function encodedBy(tokenizer: Pick<Tokenizer, 'encodeInto'>, text: string): number[] {
  const buffer = new TokenBuffer();
  tokenizer.encodeInto(text, buffer);
  return Array.from(buffer.view());
}

/** Grown as needed and reused: native copies and typed arrays read several times faster than strings. */
let units = new Uint16Array(8_192);
let unitBytes = Buffer.from(units.buffer);

function encodeWords(text: string, into: TokenBuffer): void {
  loadUnits(text);
  const end = text.length;
  let at = 0;
  // No text has more tokens than code units.
  const target = into.reserve(end);
  let count = into.length;
  const source = units;
  while (at < end) {
    const spaced = source[at] === 32 && at + 1 < end ? 1 : 0;
    const start = at + spaced;
    const first = source[start]!;
    const kind = first < 128 ? KINDS[first]! : OTHER;
    if (kind !== LOWER) {
      if (kind === POINT && spaced === 0) {
        target[count++] = POINT_BASE + first;
        at++;
      } else if (kind === DIGIT) {
        at = endOfCode(source, start, end);
        target[count++] = codeId(spaced, codeOrdinal);
      } else {
        at = nextPiece(at, end);
        target[count++] = pieceId;
      }
      continue;
    }
    // By far the most frequent piece, a lower-case word, without a call.
    const limit = Math.min(start + WORD_UNITS_MAX, end);
    let ordinal = first - 97;
    for (at = start + 1; at < limit; at++) {
      const digit = source[at]! - 97;
      if (digit >>> 0 > 25) break;
      ordinal = (Math.imul(ordinal, 26) + digit) | 0;
    }
    target[count++] = (LOWER_BASES[spaced * WORD_UNITS_MAX + at - start - 1]! + ordinal) | 0;
  }
  into.length = count;
}

function loadUnits(text: string): void {
  if (text.length > units.length) {
    units = new Uint16Array(text.length);
    unitBytes = Buffer.from(units.buffer);
  }
  unitBytes.write(text, 'utf16le');
}

/** Id of the piece found last. */
let pieceId = 0;

/** Finds the piece, no lower-case word, that starts at `start`; returns where the next one starts. */
function nextPiece(start: number, end: number): number {
  const unit = units[start]!;
  if (unit === 32 && start + 1 < end && isWordUnit(units[start + 1]!))
    return word(start + 1, end, 1);
  if (isWordUnit(unit)) return word(start, end, 0);
  if (blankKind(unit) >= 0) return blanks(start, end);
  return point(start, end);
}

/** A piece that begins with a capital, a digit or an underscore. */
function word(start: number, textEnd: number, spaced: 0 | 1): number {
  const first = units[start]!;
  if (first < 65 || first > 90 || isCodeAt(start + 1, textEnd)) return code(start, textEnd, spaced);
  let ordinal = first - 65;
  let end = start + 1;
  const limit = Math.min(start + WORD_UNITS_MAX, textEnd);
  for (; end < limit; end++) {
    const unit = units[end]!;
    if (unit < 97 || unit > 122) break;
    ordinal = (Math.imul(ordinal, 26) + unit - 97) | 0;
  }
  pieceId = wordId(spaced, 1, WORD_OFFSETS[end - start - 1]! + ordinal);
  return end;
}

function code(start: number, textEnd: number, spaced: 0 | 1): number {
  const end = endOfCode(units, start, textEnd);
  pieceId = codeId(spaced, codeOrdinal);
  return end;
}

/** Ordinal of the code whose end was found last. */
let codeOrdinal = 0;

/** Where the code ends that begins at `start`. */
function endOfCode(source: Uint16Array, start: number, textEnd: number): number {
  const limit = Math.min(start + CODE_UNITS_MAX, textEnd);
  let ordinal = CODE_DIGITS[source[start]!]!;
  let end = start + 1;
  for (; end < limit; end++) {
    const unit = source[end]!;
    const digit = unit < 128 ? CODE_DIGITS[unit]! : -1;
    if (digit < 0) break;
    ordinal = (Math.imul(ordinal, 37) + digit) | 0;
  }
  codeOrdinal = CODE_OFFSETS[end - start - 1]! + ordinal;
  return end;
}

function blanks(start: number, textEnd: number): number {
  const unit = units[start]!;
  const limit = Math.min(start + BLANK_UNITS_MAX, textEnd);
  let end = start + 1;
  while (end < limit && units[end] === unit) end++;
  // The last space before a word belongs to the word, as in byte-pair vocabularies.
  const isBeforeWord = end < textEnd && isWordUnit(units[end]!);
  if (unit === 32 && end - start > 1 && isBeforeWord) end--;
  pieceId = blankId(unit, end - start);
  return end;
}

/** One code point, or a lone surrogate. */
function point(start: number, textEnd: number): number {
  const unit = units[start]!;
  const next = start + 1 < textEnd ? units[start + 1]! : 0;
  const isPair = (unit & 0xfc00) === 0xd800 && (next & 0xfc00) === 0xdc00;
  const value = isPair ? ((unit & 0x3ff) << 10) + (next & 0x3ff) + 0x10000 : unit;
  pieceId = (POINT_BASE + value) | 0;
  return isPair ? start + 2 : start + 1;
}

function isWordUnit(unit: number): boolean {
  return unit < 128 && WORD_UNITS[unit] === 1;
}

function isCodeAt(at: number, textEnd: number): boolean {
  if (at >= textEnd) return false;
  const unit = units[at]!;
  return unit < 128 && CODE_DIGITS[unit]! >= 0;
}

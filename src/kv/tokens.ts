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
  /** Changes whenever any id would. */
  readonly version: string;
  /** Appends the ids of `text` to `into` and returns it. */
  encode(text: string, into?: number[]): number[];
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
  version: 'word/1',
  encode: encodeWords,
  decode(tokens) {
    let text = '';
    for (let index = 0; index < tokens.length; index++) text += pieceText(tokens[index]!) ?? '';
    return text;
  },
  tokenText: (id) => pieceText(id) ?? SPECIAL_TEXT[id] ?? REPLACEMENT,
};

/** One token per UTF-8 byte, ids 0–255. Lone surrogates become U+FFFD, as in any UTF-8. */
export const byteTokenizer: Tokenizer = {
  version: 'byte/1',
  encode(text, into = []) {
    for (const byte of Buffer.from(text, 'utf8')) into.push(byte);
    return into;
  },
  decode: (tokens) => Buffer.from(Array.from(tokens).filter((id) => id < 256)).toString('utf8'),
  tokenText: (id) =>
    (id < 256 ? Buffer.from([id]).toString('latin1') : SPECIAL_TEXT[id]) ?? REPLACEMENT,
};

function encodeWords(text: string, into: number[] = []): number[] {
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === 32 && isWordUnit(text.charCodeAt(at + 1))) at = pushWord(text, at + 1, into, true);
    else if (isWordUnit(unit)) at = pushWord(text, at, into, false);
    else if (blankKind(unit) >= 0) at = pushBlanks(text, at, into);
    else {
      const point = text.codePointAt(at)!;
      into.push(POINT_BASE + point);
      at += point > 0xffff ? 2 : 1;
    }
  }
  return into;
}

/** Pushes the piece starting at `start` and returns where the next one starts. */
function pushWord(text: string, start: number, into: number[], spaced: boolean): number {
  const first = text.charCodeAt(start);
  const capital = first < 97;
  if (capital && (!isUpper(first) || codeDigit(text.charCodeAt(start + 1)) >= 0)) {
    return pushCode(text, start, into, spaced);
  }
  let ordinal = first - (capital ? 65 : 97);
  let end = start + 1;
  const limit = start + WORD_UNITS_MAX;
  for (let unit; end < limit && (unit = text.charCodeAt(end)) >= 97 && unit <= 122; end++) {
    ordinal = ordinal * 26 + unit - 97;
  }
  into.push(wordId({ spaced, capital }, WORD_OFFSETS[end - start - 1]! + ordinal));
  return end;
}

function pushCode(text: string, start: number, into: number[], spaced: boolean): number {
  let ordinal = 0;
  let end = start;
  const limit = start + CODE_UNITS_MAX;
  for (let digit; end < limit && (digit = codeDigit(text.charCodeAt(end))) >= 0; end++) {
    ordinal = ordinal * 37 + digit;
  }
  into.push(codeId(spaced, CODE_OFFSETS[end - start - 1]! + ordinal));
  return end;
}

function pushBlanks(text: string, start: number, into: number[]): number {
  const unit = text.charCodeAt(start);
  let end = start + 1;
  while (end < start + BLANK_UNITS_MAX && text.charCodeAt(end) === unit) end++;
  // The last space before a word belongs to the word, as in byte-pair vocabularies.
  if (unit === 32 && end - start > 1 && isWordUnit(text.charCodeAt(end))) end--;
  into.push(blankId(unit, end - start));
  return end;
}

function isUpper(unit: number): boolean {
  return unit >= 65 && unit <= 90;
}

function isWordUnit(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || codeDigit(unit) >= 0;
}

/** Value of `0–9 A–Z _` in base 37; -1 for anything else, NaN included. */
function codeDigit(unit: number): number {
  if (unit >= 65 && unit <= 90) return unit - 55;
  if (unit >= 48 && unit <= 57) return unit - 48;
  return unit === 95 ? 36 : -1;
}

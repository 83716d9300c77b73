import type { PromptView } from '../../protocol/openai.ts';
import { promptParts } from './prompt-parts.ts';

/**
 * Tokens a prompt has at least, whatever the vocabulary, from its bytes alone: every tokenizer ends a
 * token where a word ends, none joins more than a few characters beyond ASCII. Of messages
 * only the text counts, for templates may drop all else; punctuation and blanks never do.
 */
export function tokenFloor(view: PromptView): number {
  const quarters = promptParts(view).reduce(
    (sum, { name, start, end }) =>
      sum + quartersIn(view.body.subarray(start, end), !WHOLE_PARTS.has(name)),
    0,
  );
  return Math.floor(quarters / WORD);
}

/** In quarter tokens: what a word counts, and a character of a script without blanks. */
const WORD = 4;
const CHARACTER = 1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const TEXT_KEYS: ReadonlySet<string> = new Set(['content', 'text', 'system', 'instructions']);
/** Written out as they are, names and numbers included. */
const WHOLE_PARTS: ReadonlySet<string> = new Set(['tools', 'functions', 'documents', 'prompt']);

/** Sums up the strings of some JSON that are values; under keys of text only, if so wanted. */
function quartersIn(json: Buffer, isTextOnly: boolean): number {
  let total = 0;
  let isText = true;
  for (let at = json.indexOf(QUOTE); at !== -1; at = json.indexOf(QUOTE, at)) {
    const quarters = measure(json, at + 1);
    const isKey = json[stringEnd + 1] === COLON || /^"\s*:/.test(textAt(json, stringEnd));
    if (isKey) isText = !isTextOnly || TEXT_KEYS.has(json.toString('latin1', at + 1, stringEnd));
    else if (isText) total += quarters;
    at = stringEnd + 1;
  }
  return total;
}

function textAt(json: Buffer, at: number): string {
  return json.toString('latin1', at, at + 16);
}

/** What a character does to the run it stands in. */
const BLANK = 0;
const POINT = 1;
const LETTER = 2;
/** Counts by itself: East Asian scripts, emoji. */
const SINGLE = 3;
/** Belongs to what is before it. */
const SAME = 4;

/** Where the string that was measured last closes. */
let stringEnd = 0;

/** What a JSON string counts, read from behind its opening quote. */
function measure(json: Buffer, from: number): number {
  let quarters = 0;
  let before = BLANK;
  let at = from;
  for (; at < json.length; at++) {
    const byte = json[at]!;
    if (byte === QUOTE) break;
    let kind = KIND_OF_BYTE[byte]!;
    if (byte === BACKSLASH) {
      kind = kindOfEscape(json, at);
      at += json[at + 1] === LETTER_U ? 5 : 1;
    }
    if (kind === SAME) continue;
    quarters += TURNS[before * SAME + kind]!;
    before = kind;
  }
  stringEnd = at;
  return quarters + TURNS[before * SAME + BLANK]!;
}

/** A word counts where it begins; points where a blank follows, for before a letter they may be its token's. */
const TURNS = Uint8Array.from({ length: SAME * SAME }, (_, turn) => {
  const [before, kind] = [Math.floor(turn / SAME), turn % SAME];
  if (kind === SINGLE) return CHARACTER;
  const isNewWord = kind === LETTER && before !== LETTER;
  return isNewWord || (kind === BLANK && before === POINT) ? WORD : 0;
});

const LETTER_U = 0x75;
const BLANK_ESCAPES = Buffer.from('bfnrt');

function kindOfEscape(json: Buffer, at: number): number {
  const letter = json[at + 1]!;
  if (letter !== LETTER_U) return BLANK_ESCAPES.includes(letter) ? BLANK : POINT;
  return kindOf(Number.parseInt(json.toString('latin1', at + 2, at + 6), 16));
}

/** Up to here scripts have blanks between words, or one letter would be too much to count. */
const LETTERS_END = 0x2000;
/** Between punctuation and symbols, which come in long runs, and private use. */
const CHARACTERS = { start: 0x3000, end: 0xdc00 } as const;
const LOW_SURROGATES_END = 0xe000;

/** @param unit of UTF-16: of two surrogates the first counts */
function kindOf(unit: number): number {
  if (unit <= 0x20) return BLANK;
  // It's and don't are one token in some vocabularies.
  if (unit === 0x27) return SAME;
  if (unit < 0x80) return /\w/.test(String.fromCharCode(unit)) ? LETTER : POINT;
  if (unit >= 0xc0 && unit < LETTERS_END) return LETTER;
  if (unit >= CHARACTERS.start && unit < CHARACTERS.end) return SINGLE;
  return unit >= CHARACTERS.end && unit < LOW_SURROGATES_END ? SAME : POINT;
}

/** Of UTF-8 the first byte of a character tells enough: the least unit it may begin. */
const KIND_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x80) return kindOf(byte);
  if (byte < 0xc0) return SAME;
  if (byte < 0xe0) return kindOf((byte & 0x1f) << 6);
  return byte < 0xf0 ? kindOf(Math.max((byte & 0x0f) << 12, 0x800)) : SINGLE;
});

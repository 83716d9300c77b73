/** Levels of lists and objects that are read. No API of ours nests to a tenth of it. */
const DEPTH_MAX = 512;

/** What a text holds; undefined when it is no JSON, or nests too deep to be read (`readJson`). */
export function parseJson(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

/**
 * What a text from elsewhere holds. While V8 parses it holds about a hundred bytes for each open level, so that a
 * megabyte of brackets takes a hundred: what nests deeper than 512 levels is refused unread.
 * @throws SyntaxError
 */
export function readJson(text: string): unknown {
  if (isDeep(text)) throw new SyntaxError(`It nests deeper than ${DEPTH_MAX} levels.`);
  return JSON.parse(text);
}

/** Whether it nests too deep; of what is no JSON, whether it would were it one. */
function isDeep(text: string): boolean {
  // Most texts have few brackets, and finding those costs next to nothing.
  if (text.length <= DEPTH_MAX || !hasManyBrackets(text)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === OPEN_LIST || char === OPEN_OBJECT) depth++;
    else if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth--;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function hasManyBrackets(text: string): boolean {
  let left = DEPTH_MAX;
  for (const bracket of '[{') {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (--left < 0) return true;
    }
  }
  return false;
}

/** Where a string that begins at `start` has its closing quote; the text's end when it has none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

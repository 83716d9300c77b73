const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;

/** One member of a JSON object as byte offsets into the text; ends are exclusive. */
export interface Member {
  key: string;
  /** Where the key's opening quote stands. */
  start: number;
  valueStart: number;
  valueEnd: number;
}

/** A run of bytes; the end is exclusive. */
export interface Span {
  start: number;
  end: number;
}

/**
 * The members of a top-level JSON object, found in one pass without building any value: request
 * bodies are mostly one long text, and parsing it costs several times the scan. Returns undefined
 * when the bytes are not one object; values themselves are not validated.
 */
export function scanMembers(json: Buffer): Member[] | undefined {
  let at = skipSpace(json, 0);
  if (json[at] !== OPEN_OBJECT) return undefined;
  const members: Member[] = [];
  at = skipSpace(json, at + 1);
  while (json[at] === QUOTE) {
    const start = at;
    const keyEnd = skipString(json, at);
    at = skipSpace(json, keyEnd);
    if (json[at] !== COLON) return undefined;
    const valueStart = skipSpace(json, at + 1);
    const valueEnd = skipValue(json, valueStart);
    if (valueEnd === valueStart) return undefined;
    members.push({ key: keyOf(json, start, keyEnd), start, valueStart, valueEnd });
    at = skipSpace(json, valueEnd);
    if (json[at] === COMMA) at = skipSpace(json, at + 1);
  }
  return json[at] === CLOSE_OBJECT && skipSpace(json, at + 1) === json.length ? members : undefined;
}

/** The elements of the JSON array that starts at `start`; empty for anything else. */
export function scanElements(json: Buffer, start: number): Span[] {
  const elements: Span[] = [];
  if (json[start] !== OPEN_ARRAY) return elements;
  let at = skipSpace(json, start + 1);
  while (at < json.length && json[at] !== CLOSE_ARRAY) {
    const end = skipValue(json, at);
    if (end === at) return [];
    elements.push({ start: at, end });
    at = skipSpace(json, end);
    if (json[at] === COMMA) at = skipSpace(json, at + 1);
  }
  return elements;
}

function keyOf(json: Buffer, start: number, end: number): string {
  const raw = json.toString('latin1', start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(json.toString('utf8', start, end)));
  } catch {
    return raw;
  }
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  while (json[at] === 0x20 || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at++;
  return at;
}

/** Most strings of a body are names and roles: below this a native search costs more than a look. */
const SHORT_STRING = 24;

/** From an opening quote to just behind the closing one. */
function skipString(json: Buffer, from: number): number {
  let search = from + 1;
  for (const stop = from + SHORT_STRING; search < stop; search++) {
    const byte = json[search];
    if (byte === QUOTE) return search + 1;
    if (byte === BACKSLASH || byte === undefined) break;
  }
  for (;;) {
    const quote = json.indexOf(QUOTE, search);
    if (quote === -1) return json.length;
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    search = quote + 1;
  }
}

function skipValue(json: Buffer, from: number): number {
  const first = json[from];
  if (first === QUOTE) return skipString(json, from);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return skipContainer(json, from);
  let at = from;
  while (at < json.length && !isScalarEnd(json[at]!)) at++;
  return at;
}

function skipContainer(json: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const byte = json[at]!;
    if (byte === QUOTE) {
      at = skipString(json, at);
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
    at++;
    if (depth === 0) return at;
  }
  return at;
}

function isScalarEnd(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte <= 0x20;
}

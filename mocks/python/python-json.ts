/** What Python's `json.JSONDecodeError` says: a message and the character it is about. */
export interface JsonProblem {
  at: number;
  message: string;
}

/** Deeper bodies are given up on; Python raises RecursionError there. */
const DEPTH_MAX = 900;

/** Without its closing quote: every code unit from the space on, but neither quote nor backslash; or an escape. */
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const ATOM = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|null|true|false|NaN|-?Infinity/y;
const BLANKS = /[ \t\n\r]*/y;

const MISSING_NAME = 'Expecting property name enclosed in double quotes';

/** The first thing wrong with a text, in the words and at the place of CPython's `json.decoder`. */
export function pythonJsonProblem(text: string): JsonProblem {
  try {
    const end = skipBlanks(text, valueEnd(text, skipBlanks(text, 0), 0));
    return { at: end, message: 'Extra data' };
  } catch (problem) {
    if (problem instanceof Failure) return { at: problem.at, message: problem.message };
    throw problem;
  }
}

class Failure extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Where the value that starts at `at` ends. @throws Failure */
function valueEnd(text: string, at: number, depth: number): number {
  if (depth > DEPTH_MAX) throw new Failure('Expecting value', at);
  const first = text[at];
  if (first === '"') return stringEnd(text, at);
  if (first === '{') return partsEnd(text, at, '}', (part) => memberEnd(text, part, depth + 1));
  if (first === '[') return partsEnd(text, at, ']', (part) => valueEnd(text, part, depth + 1));
  const end = matchEnd(ATOM, text, at);
  if (end === undefined) throw new Failure('Expecting value', at);
  return end;
}

function stringEnd(text: string, at: number): number {
  const end = matchEnd(STRING, text, at)!;
  if (text[end] === '"') return end + 1;
  if (end === text.length || (text[end] === '\\' && end + 1 === text.length)) {
    throw new Failure('Unterminated string starting at', at);
  }
  if (text[end] !== '\\') throw new Failure('Invalid control character at', end);
  throw text[end + 1] === 'u'
    ? new Failure('Invalid \\uXXXX escape', end + 1)
    : new Failure('Invalid \\escape', end);
}

function memberEnd(text: string, start: number, depth: number): number {
  if (text[start] !== '"') throw new Failure(MISSING_NAME, start);
  const at = skipBlanks(text, stringEnd(text, start));
  if (text[at] !== ':') throw new Failure("Expecting ':' delimiter", at);
  return valueEnd(text, skipBlanks(text, at + 1), depth);
}

/** Of an object or a list. */
function partsEnd(
  text: string,
  ...[start, close, partEnd]: [start: number, close: string, partEnd: (at: number) => number]
): number {
  let at = skipBlanks(text, start + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skipBlanks(text, partEnd(at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new Failure("Expecting ',' delimiter", at);
    at = skipBlanks(text, at + 1);
  }
}

function skipBlanks(text: string, at: number): number {
  return matchEnd(BLANKS, text, at) ?? at;
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

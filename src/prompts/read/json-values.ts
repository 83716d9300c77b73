import { isUtf8 } from 'node:buffer';
import { parseJson } from '../../base/json.ts';
import { promptsInvalid } from '../errors.ts';

/** One value of a file, and the line on which it begins. */
export interface JsonValue {
  value: unknown;
  line: number;
}

/** More than any engine takes as one request. */
const VALUE_BYTES_MAX = 256 * 1024 * 1024;

const [QUOTE, BACKSLASH, NEWLINE] = [0x22, 0x5c, 0x0a];
const [OPEN_ARRAY, CLOSE_ARRAY, COMMA] = [0x5b, 0x5d, 0x2c];
const OPENING = new Set([0x7b, OPEN_ARRAY]);
const CLOSING = new Set([0x7d, CLOSE_ARRAY]);
const SPACE = new Set([0x20, 0x09, 0x0d, NEWLINE]);
const MARK = Buffer.from('\uFEFF');

/**
 * The objects of a stream: JSON lines, one after another in any layout, or the elements of one list. Holds
 * one of them at a time, so files of any size can be read.
 * @throws KvcacheError PROMPTS_INVALID (kind usage), `where` holding file and line
 */
export async function* jsonValues(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  path: string,
): AsyncGenerator<JsonValue> {
  const scanner = new Scanner(path);
  let isFirst = true;
  for await (const chunk of chunks) {
    const isMarked = isFirst && chunk.subarray(0, MARK.length).equals(MARK);
    isFirst = false;
    yield* scanner.read(isMarked ? chunk.subarray(MARK.length) : chunk);
  }
  scanner.end();
}

class Scanner {
  readonly #path: string;
  #line = 1;
  /** Containers open around the place, the list that holds all values not counted. */
  #depth = 0;
  #isList = false;
  #isListClosed = false;
  #isInText = false;
  #isEscaped = false;
  /** Of the value that is being read. */
  #pieces: Buffer[] = [];
  #bytes = 0;
  #startLine = 0;

  constructor(path: string) {
    this.#path = path;
  }

  *read(chunk: Buffer): Generator<JsonValue> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#isInText) {
        at = this.#skipText(chunk, at);
        continue;
      }
      const byte = chunk[at]!;
      if (byte === NEWLINE) this.#line++;
      if (this.#depth === 0) {
        if (this.#opens(byte)) start = at;
        continue;
      }
      if (byte === QUOTE) this.#isInText = true;
      else if (OPENING.has(byte)) this.#depth++;
      else if (CLOSING.has(byte) && --this.#depth === 0) {
        this.#keep(chunk.subarray(start, at + 1));
        yield this.#take();
      }
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
  }

  end(): void {
    if (this.#depth > 0)
      throw this.#invalid(this.#startLine, 'the JSON that begins here never ends');
    if (this.#isList && !this.#isListClosed) {
      throw this.#invalid(this.#line, 'the list is not closed: the file is cut off');
    }
  }

  /** To the text's last byte within the chunk. */
  #skipText(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#isInText = false;
        return at;
      } else if (byte === NEWLINE) {
        throw this.#invalid(this.#line, 'the line ends within a text: it is not JSON');
      }
    }
    return chunk.length;
  }

  /** Whether a value begins here; what stands between values is skipped. */
  #opens(byte: number): boolean {
    if (SPACE.has(byte) || this.#isOfList(byte)) return false;
    if (byte !== 0x7b || this.#isListClosed) {
      throw this.#invalid(this.#line, 'a JSON object is wanted here');
    }
    this.#depth = 1;
    this.#startLine = this.#line;
    return true;
  }

  /** The marks of the list that may hold all values. */
  #isOfList(byte: number): boolean {
    if (!this.#isList) {
      this.#isList = byte === OPEN_ARRAY && this.#startLine === 0;
      return this.#isList;
    }
    if (this.#isListClosed) return false;
    this.#isListClosed = byte === CLOSE_ARRAY;
    return this.#isListClosed || byte === COMMA;
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > VALUE_BYTES_MAX) {
      throw this.#invalid(this.#startLine, `one request is larger than ${VALUE_BYTES_MAX} bytes`);
    }
    this.#pieces.push(piece);
  }

  #take(): JsonValue {
    const [only] = this.#pieces;
    const bytes = this.#pieces.length === 1 ? only! : Buffer.concat(this.#pieces, this.#bytes);
    [this.#pieces, this.#bytes] = [[], 0];
    const line = this.#startLine;
    if (!isUtf8(bytes)) throw this.#invalid(line, 'the text is not UTF-8');
    const value = parseJson(bytes.toString('utf8'));
    if (value === undefined) throw this.#invalid(line, 'what begins here is not JSON');
    return { value, line };
  }

  #invalid(line: number, problem: string) {
    return promptsInvalid(`${this.#path}:${line}`, problem);
  }
}

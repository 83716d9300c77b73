import { lowerCaseName } from '../../protocol/headers.ts';
import { addField } from './fields.ts';
import { malformed } from './wire-error.ts';

const LF = 0x0a;
/** A size and extensions, which are not read; control characters have no place in them. */
const SIZE_LINE = /^([0-9a-f]{1,12})[ \t]*(?:;[\t\u0020-\u007e\u0080-\u00ff]*)?$/i;
/** A size line with its extensions; and all trailers together. */
const LINE_CHARS_MAX = 4 * 1024;
const TRAILER_CHARS_MAX = 16 * 1024;

const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/** Takes a chunked body apart (RFC 9112 §7.1), however it is cut. */
export class ChunkedDecoder {
  /** Flat pairs; whole once `isDone`. */
  readonly trailers: string[] = [];
  readonly #onData: (data: Buffer) => void;
  #expects: 'size' | 'data' | 'data-end' | 'trailers' | 'nothing' = 'size';
  #missing = 0;
  /** The beginning of a line whose end has not come yet. */
  #line = '';
  #trailerChars = 0;

  /** @param onData gets views of what is pushed, valid during the call */
  constructor(onData: (data: Buffer) => void) {
    this.#onData = onData;
  }

  get isDone(): boolean {
    return this.#expects === 'nothing';
  }

  /** Returns the index after the last byte that belongs to the body. @throws WireError */
  push(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && this.#expects !== 'nothing') {
      at = this.#expects === 'data' ? this.#takeData(bytes, at) : this.#takeLine(bytes, at);
    }
    return at;
  }

  #takeData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#missing);
    this.#missing -= end - at;
    if (this.#missing === 0) this.#expects = 'data-end';
    this.#onData(bytes.subarray(at, end));
    return end;
  }

  #takeLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LF, at);
    this.#line += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
    if (this.#line.length > LINE_CHARS_MAX) throw malformed('a chunk line is too long');
    if (end === -1) return bytes.length;
    const line = this.#line;
    this.#line = '';
    if (!line.endsWith('\r')) throw malformed('a chunk line without CR');
    this.#readLine(line.slice(0, -1));
    return end + 1;
  }

  #readLine(line: string): void {
    switch (this.#expects) {
      case 'size':
        this.#readSize(line);
        return;
      case 'data-end':
        if (line !== '') throw malformed('a chunk is longer than its size');
        this.#expects = 'size';
        return;
      default:
        this.#readTrailer(line);
    }
  }

  #readSize(line: string): void {
    const match = SIZE_LINE.exec(line);
    if (!match) throw malformed('a chunk size');
    this.#missing = Number.parseInt(match[1]!, 16);
    this.#expects = this.#missing === 0 ? 'trailers' : 'data';
  }

  #readTrailer(line: string): void {
    if (line === '') {
      this.#expects = 'nothing';
      return;
    }
    this.#trailerChars += line.length;
    if (this.#trailerChars > TRAILER_CHARS_MAX) throw malformed('trailers are too long');
    addField(this.trailers, line);
    // Framing that comes after the body is there to deceive somebody (RFC 9110 §6.5.1).
    if (FRAMING.has(lowerCaseName(this.trailers.at(-2)!))) throw malformed('framing in a trailer');
  }
}

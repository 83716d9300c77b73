import { lowerCaseName } from '../../protocol/headers.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { endOfLine, readFields, staysOpen, transportFields } from './fields.ts';
import { malformed, WireError } from './wire-error.ts';

/** One request as a server sees it, head and body. */
export class ServedRequest {
  readonly method: string;
  /** As sent: path and query, as a rule. */
  readonly target: string;
  /** 0 or 1 of HTTP/1.x. */
  readonly minorVersion: number;
  /** Flat pairs in order; names in lower case. */
  readonly fields: readonly string[];
  /** Empty when there is none. */
  body: Buffer | 'too-large' = EMPTY;
  /** Whether the client wants to send another one on this connection. */
  keepsAlive: boolean;

  constructor(line: RequestLine, fields: readonly string[], connection: string | undefined) {
    this.method = line.method;
    this.target = line.target;
    this.minorVersion = line.minorVersion;
    this.fields = fields;
    this.keepsAlive = staysOpen(line.minorVersion, connection);
  }

  /** The first field of this name, given in lower case. */
  header(name: string): string | undefined {
    const { fields } = this;
    for (let index = 0; index < fields.length; index += 2) {
      if (fields[index] === name) return fields[index + 1];
    }
    return undefined;
  }
}

interface RequestLine {
  method: string;
  target: string;
  minorVersion: number;
}

const EMPTY = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
/** As Node's own server. */
const HEAD_BYTES_MAX = 16 * 1024;
const REQUEST_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\u0021-\u007e\u0080-\u00ff]+) HTTP\/1\.([01])$/;
const CR = 0x0d;
const LF = 0x0a;

/** Reads requests, one after the other, from bytes as they come. */
export class RequestReader {
  readonly #bodyBytesMax: number;
  /** The beginning of a head whose end has not come yet. */
  #partial = EMPTY;
  /** Its head is here, its body not yet. */
  #current: ServedRequest | undefined;
  #parts: Buffer[] = [];
  #bodyBytes = 0;
  #missing = 0;
  #chunked: ChunkedDecoder | undefined;
  #awaitsContinue = false;
  #isDone = false;

  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Nothing of a next request has come. */
  get isIdle(): boolean {
    return !this.#current && this.#partial.length === 0;
  }

  /** The head of a request is here, its body not yet. */
  get hasHead(): boolean {
    return this.#current !== undefined;
  }

  /** True once per client that waits for `100 Continue` before it sends the body. */
  takeContinue(): boolean {
    const isAwaited = this.#awaitsContinue;
    this.#awaitsContinue = false;
    return isAwaited && !this.#isDone;
  }

  /**
   * Takes bytes up to the end of one request, and returns the index after the last byte taken.
   * @throws WireError
   */
  push(bytes: Buffer, from: number): number {
    const at = this.#current ? from : this.#takeHead(bytes, from);
    return this.#current && !this.#isDone ? this.#takeBody(bytes, at) : at;
  }

  /** The request if it is whole; the reader then starts over. */
  take(): ServedRequest | undefined {
    if (!this.#isDone) return undefined;
    const request = this.#current;
    this.#current = undefined;
    this.#chunked = undefined;
    this.#isDone = false;
    return request;
  }

  #takeHead(bytes: Buffer, from: number): number {
    const known = this.#partial.length;
    const start = known === 0 ? afterLineEnds(bytes, from) : from;
    const text = known === 0 ? bytes : Buffer.concat([this.#partial, bytes.subarray(from)]);
    const begin = known === 0 ? start : 0;
    // The end may have been cut in two: three bytes of it can be in the part already here.
    const end = text.indexOf(HEAD_END, Math.max(begin, known - 3));
    if ((end === -1 ? text.length : end) - begin > HEAD_BYTES_MAX) throw headTooLarge();
    if (end === -1) {
      this.#partial = Buffer.from(text.subarray(begin));
      return bytes.length;
    }
    this.#partial = EMPTY;
    this.#readHead(text.toString('latin1', begin, end));
    return from + end + HEAD_END.length - (known === 0 ? from : known);
  }

  #readHead(text: string): void {
    const lineEnd = endOfLine(text, 0);
    const line = parseRequestLine(text.slice(0, lineEnd));
    const fields = readFields(text, lineEnd + 2);
    const { length, coding, connection } = transportFields(fields);
    for (let index = 0; index < fields.length; index += 2) {
      fields[index] = lowerCaseName(fields[index]!);
    }
    const request = new ServedRequest(line, fields, connection);
    if (request.minorVersion === 1 && request.header('host') === undefined) {
      throw malformed('no Host header');
    }
    this.#current = request;
    this.#awaitsContinue = request.header('expect')?.toLowerCase() === '100-continue';
    this.#bodyBytes = 0;
    if (coding !== undefined) this.#chunked = new ChunkedDecoder((data) => this.#addChunk(data));
    else this.#expect(length === undefined ? 0 : Number(length));
  }

  #expect(bytes: number): void {
    this.#missing = bytes;
    if (bytes > this.#bodyBytesMax) this.#refuseBody();
    else this.#isDone = bytes === 0;
  }

  #takeBody(bytes: Buffer, from: number): number {
    if (this.#chunked) return this.#takeChunks(this.#chunked, bytes, from);
    const end = Math.min(bytes.length, from + this.#missing);
    this.#missing -= end - from;
    this.#add(bytes.subarray(from, end));
    if (this.#missing === 0) this.#completeBody();
    return end;
  }

  #takeChunks(chunked: ChunkedDecoder, bytes: Buffer, from: number): number {
    const end = chunked.push(bytes, from);
    if (chunked.isDone && !this.#isDone) this.#completeBody();
    return end;
  }

  #addChunk(data: Buffer): void {
    if (this.#isDone) return;
    this.#add(data);
    if (this.#bodyBytes > this.#bodyBytesMax) this.#refuseBody();
  }

  #add(data: Buffer): void {
    if (data.length === 0) return;
    this.#bodyBytes += data.length;
    this.#parts.push(data);
  }

  #completeBody(): void {
    const parts = this.#parts;
    this.#current!.body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    this.#parts = [];
    this.#isDone = true;
  }

  /** What follows on the connection is the rest of this body: nothing there can be read any more. */
  #refuseBody(): void {
    this.#parts = [];
    this.#current!.body = 'too-large';
    this.#current!.keepsAlive = false;
    this.#isDone = true;
  }
}

/** Blank lines before a request are what some clients leave behind the one before (RFC 9112 §2.2). */
function afterLineEnds(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === CR || bytes[at] === LF) at++;
  return at;
}

function parseRequestLine(line: string): RequestLine {
  const match = REQUEST_LINE.exec(line);
  if (!match) throw malformed('its first line is no request line');
  return { method: match[1]!, target: match[2]!, minorVersion: match[3] === '1' ? 1 : 0 };
}

function headTooLarge(): WireError {
  return new WireError('head-too-large', `the head has more than ${HEAD_BYTES_MAX} bytes`);
}

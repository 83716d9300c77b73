import { lowerCaseName } from '../../src/protocol/headers.ts';
import { ByteStore } from '../../src/base/byte-store.ts';
import { ChunkedDecoder } from '../../src/net/pool/chunked-decoder.ts';
import { endOfLine, readFields, staysOpen, transportFields } from '../../src/net/pool/fields.ts';
import { isHost, originForm } from '../../src/net/pool/request-target.ts';
import { malformed, WireError } from '../../src/net/pool/wire-error.ts';

/** One request as a server sees it, head and body. */
export class ServedRequest {
  readonly method: string;
  /** Path and query; `*` of `OPTIONS *`. */
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
/** In a target, what is no ASCII belongs percent-encoded, and a fragment stays with the client. */
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!"$-~]+) HTTP\/1\.([01])$/;
/** What a method can begin with. */
const BEGINNING = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const LF_ALONE = /[^\r]\n/;
const CR = 0x0d;
const LF = 0x0a;

/** Reads requests, one after the other, from bytes as they come. */
export class RequestReader {
  readonly #bodyBytesMax: number;
  /** The beginning of a head whose end has not come yet. */
  #partial = EMPTY;
  /** Its head is here, its body not yet. */
  #current: ServedRequest | undefined;
  readonly #body = new ByteStore();
  #missing = 0;
  #chunked: ChunkedDecoder | undefined;
  #awaitsContinue = false;
  #lastLine: (RequestLine & { text: string }) | undefined;
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
    this.#awaitsContinue = false;
    this.#isDone = false;
    return request;
  }

  #takeHead(bytes: Buffer, from: number): number {
    const known = this.#partial.length;
    const text = known === 0 ? bytes : Buffer.concat([this.#partial, bytes.subarray(from)]);
    const begin = known === 0 ? afterLineEnds(bytes, from) : 0;
    // The end may have been cut in two: three bytes of it can be in the part already here.
    const end = text.indexOf(HEAD_END, Math.max(begin, known - 3));
    if (end === -1) {
      this.#keepPartial(text.subarray(begin));
      return bytes.length;
    }
    if (end - begin > HEAD_BYTES_MAX) throw headTooLarge();
    this.#partial = EMPTY;
    this.#readHead(text.toString('latin1', begin, end));
    return from + end + HEAD_END.length - (known === 0 ? from : known);
  }

  /** What can never become a head is refused at once, not waited for. */
  #keepPartial(partial: Buffer): void {
    if (partial.length >= HEAD_BYTES_MAX + HEAD_END.length) throw headTooLarge();
    const fresh = partial.toString('latin1', Math.max(0, this.#partial.length - 1));
    if (LF_ALONE.test(fresh)) throw malformed('a line ends without CR');
    if (partial.length > 0 && !BEGINNING.test(partial.toString('latin1', 0, 1))) {
      throw malformed('it does not begin with a method');
    }
    this.#partial = Buffer.from(partial);
  }

  #readHead(text: string): void {
    const lineEnd = endOfLine(text, 0);
    const line = this.#requestLine(text.slice(0, lineEnd));
    const fields = readFields(text, lineEnd + 2);
    const { length, coding, connection } = transportFields(fields);
    if (coding !== undefined && line.minorVersion === 0) {
      throw malformed('a transfer coding in HTTP/1.0');
    }
    for (let index = 0; index < fields.length; index += 2) {
      fields[index] = lowerCaseName(fields[index]!);
    }
    checkHost(fields, line.minorVersion);
    const request = new ServedRequest(line, fields, connection);
    this.#current = request;
    this.#awaitsContinue =
      line.minorVersion === 1 && request.header('expect')?.toLowerCase() === '100-continue';
    if (coding !== undefined) this.#chunked = new ChunkedDecoder((data) => this.#addChunk(data));
    else this.#expect(length === undefined ? 0 : Number(length));
  }

  /** Clients ask for the same again and again. */
  #requestLine(text: string): RequestLine {
    if (this.#lastLine?.text === text) return this.#lastLine;
    this.#lastLine = { text, ...parseRequestLine(text) };
    return this.#lastLine;
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
    if (end > from) this.#body.add(bytes.subarray(from, end));
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
    if (this.#body.length + data.length > this.#bodyBytesMax) this.#refuseBody();
    else this.#body.add(data);
  }

  #completeBody(): void {
    this.#current!.body = this.#body.take();
    this.#isDone = true;
  }

  /** What follows on the connection is the rest of this body: nothing there can be read any more. */
  #refuseBody(): void {
    this.#body.clear();
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
  const method = match[1]!;
  const isOfServer = match[2] === '*' && method === 'OPTIONS';
  const target = isOfServer ? '*' : originForm(match[2]!);
  if (target === undefined) throw malformed('its target is no path');
  return { method, target, minorVersion: match[3] === '1' ? 1 : 0 };
}

/** @throws WireError when it is not clear who is asked (RFC 9112 §3.2) */
function checkHost(fields: readonly string[], minorVersion: number): void {
  let host: string | undefined;
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index] !== 'host') continue;
    if (host !== undefined) throw malformed('more than one Host header');
    host = fields[index + 1]!;
  }
  if (host === undefined && minorVersion === 1) throw malformed('no Host header');
  if (host !== undefined && !isHost(host)) throw malformed('the Host header is no host');
}

function headTooLarge(): WireError {
  return new WireError('head-too-large', `the head has more than ${HEAD_BYTES_MAX} bytes`);
}

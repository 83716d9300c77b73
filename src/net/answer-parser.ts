/** Told what one answer holds, in order. */
export interface AnswerEvents {
  onHead(head: AnswerHead): void;
  /** @param bytes valid only during the call: the memory is read into again */
  onBytes(bytes: Buffer): void;
  /** @param isReusable whether the connection may carry another exchange */
  onEnd(isReusable: boolean): void;
}

/** What came is not HTTP/1.1. */
export class InvalidAnswer extends Error {
  readonly code = 'HTTP_INVALID';
}

/** Status and fields of an answer. Fields are looked up, not parsed: most of them interest nobody. */
export class AnswerHead {
  readonly status: number;
  /** HTTP/1.0 closes unless told otherwise. */
  readonly #isOld: boolean;
  readonly #text: string;
  readonly #lower: string;

  /** @param text from the status line to the blank line, which is left out but for its first CRLF */
  constructor(text: string) {
    const match = STATUS_LINE.exec(text);
    if (match === null) throw new InvalidAnswer('The answer is not HTTP/1.1.');
    this.#isOld = match[1] === '0';
    this.status = Number(match[2]);
    this.#text = text;
    this.#lower = text.toLowerCase();
  }

  /** @param name in lower case; the first field of that name counts */
  get(name: string): string | undefined {
    const at = this.#lower.indexOf(`\r\n${name}:`);
    if (at === -1) return undefined;
    const from = at + name.length + 3;
    return this.#text.slice(from, this.#text.indexOf('\r\n', from)).trim();
  }

  /** Whether the server keeps the connection open (RFC 9112, section 9.3). */
  get isKeptAlive(): boolean {
    const connection = this.get('connection')?.toLowerCase();
    return this.#isOld ? connection === 'keep-alive' : connection?.includes('close') !== true;
  }
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?\r\n/;
const HEAD_BYTES_MAX = 64 * 1024;
const LINE_BYTES_MAX = 8 * 1024;

type State = 'head' | 'length' | 'until-close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer';

/**
 * Reads the answers of one connection, one after the other, cut anywhere (RFC 9112). Only what a POST
 * can be answered with: no answers without bodies but 1xx, 204 and 304, no upgrades, no pipelining.
 */
export class AnswerParser {
  readonly #events: AnswerEvents;
  #state: State = 'head';
  /** The beginning of a line or head whose end has not come yet. */
  #held: Buffer | undefined;
  /** Bytes still to come of the body or chunk. */
  #left = 0;
  #isKeptAlive = false;
  #isStopped = false;

  constructor(events: AnswerEvents) {
    this.#events = events;
  }

  /** @throws InvalidAnswer */
  push(bytes: Buffer): void {
    const data = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = undefined;
    for (let at = 0; at < data.length && !this.#isStopped;) {
      const next = this.#step(data, at);
      if (next === undefined) {
        this.#held = Buffer.from(data.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** The server has closed the connection; some answers end that way. */
  close(): void {
    if (this.#state === 'until-close') this.#end(false);
  }

  /** @returns where to go on; undefined when the rest is too short to tell */
  #step(data: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case 'head':
        return this.#head(data, at);
      case 'length':
      case 'chunk':
      case 'until-close':
        return this.#body(data, at);
      case 'chunk-size':
      case 'chunk-end':
      case 'trailer':
        return this.#line(data, at);
    }
  }

  #head(data: Buffer, at: number): number | undefined {
    const end = data.indexOf('\r\n\r\n', at, 'latin1');
    if (end === -1) {
      checkBeginning(data, at);
      return undefined;
    }
    const head = new AnswerHead(data.toString('latin1', at, end + 2));
    const next = end + 4;
    if (head.status === 101) throw new InvalidAnswer('The answer changes the protocol.');
    if (head.status < 200) return next;
    this.#isKeptAlive = head.isKeptAlive;
    this.#events.onHead(head);
    this.#expectBody(head);
    if (this.#state === 'length' && this.#left === 0) this.#end(next === data.length);
    return next;
  }

  /** Where the body ends: RFC 9112, section 6.3. */
  #expectBody(head: AnswerHead): void {
    this.#left = 0;
    this.#state = 'length';
    if (head.status === 204 || head.status === 304) return;
    const length = head.get('content-length');
    if (head.get('transfer-encoding')?.toLowerCase().endsWith('chunked')) {
      this.#state = 'chunk-size';
    } else if (length === undefined) {
      this.#state = 'until-close';
      this.#left = Infinity;
    } else if (/^\d{1,15}$/.test(length)) {
      this.#left = Number(length);
    } else throw new InvalidAnswer('The answer has no valid Content-Length.');
  }

  #body(data: Buffer, at: number): number {
    const next = Math.min(data.length, at + this.#left);
    this.#left -= next - at;
    this.#events.onBytes(at === 0 && next === data.length ? data : data.subarray(at, next));
    if (this.#left > 0) return next;
    if (this.#state === 'chunk') this.#state = 'chunk-end';
    else this.#end(next === data.length);
    return next;
  }

  /** The lines of the chunked coding: RFC 9112, section 7.1. */
  #line(data: Buffer, at: number): number | undefined {
    const end = data.indexOf('\r\n', at, 'latin1');
    if (end === -1) {
      if (data.length - at > LINE_BYTES_MAX) throw new InvalidAnswer('A line has no end.');
      return undefined;
    }
    const next = end + 2;
    if (this.#state === 'chunk-size') this.#chunk(data.toString('latin1', at, end));
    else if (this.#state === 'chunk-end') {
      if (end > at) throw new InvalidAnswer('A chunk is longer than it says.');
      this.#state = 'chunk-size';
    } else if (end === at) this.#end(next === data.length);
    return next;
  }

  #chunk(line: string): void {
    const match = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(line);
    if (match === null) throw new InvalidAnswer('A chunk has no valid size.');
    this.#left = Number.parseInt(match[1]!, 16);
    this.#state = this.#left === 0 ? 'trailer' : 'chunk';
  }

  /** Bytes behind the end belong to no request of ours: such a connection is not used again. */
  #end(isClean: boolean): void {
    this.#state = 'head';
    this.#isStopped = !isClean;
    this.#events.onEnd(isClean && this.#isKeptAlive);
  }
}

/** What can never become a head is refused at once, not waited for. */
function checkBeginning(data: Buffer, at: number): void {
  const beginning = data.toString('latin1', at, Math.min(data.length, at + 7));
  if (!'HTTP/1.'.startsWith(beginning)) throw new InvalidAnswer('The answer is not HTTP/1.1.');
  if (data.length - at > HEAD_BYTES_MAX || data.includes('\n\n', at, 'latin1')) {
    throw new InvalidAnswer('The head of the answer has no end.');
  }
}

import { protocolError } from './errors.ts';

/** One server-sent event (WHATWG HTML, section 9.2). */
export interface SseEvent {
  /** `message` unless the stream names it. */
  type: string;
  /** The data lines, joined by newlines. */
  data: string;
  /** The last event id seen so far; empty before the first. */
  lastEventId: string;
}

const EVENT_CHARS_MAX = 4 * 1024 * 1024;

/**
 * Incremental parser: hand it the stream's bytes as they come, cut anywhere, even inside a
 * character or between CR and LF. An event is delivered with its closing blank line, the last one
 * at the latest by `end`.
 */
export class SseParser {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #type = '';
  #data: string[] = [];
  #dataChars = 0;
  #lastEventId = '';
  #skipLineFeed = false;

  /** @throws KvcacheError SSE_EVENT_TOO_LARGE (kind target) */
  push(bytes: Uint8Array): SseEvent[] {
    let text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    // A CR that ended the last piece may have been the first half of CRLF.
    if (this.#skipLineFeed && text !== '') {
      if (text.startsWith('\n')) text = text.slice(1);
      this.#skipLineFeed = false;
    }
    const events: SseEvent[] = [];
    let start = 0;
    const lineEnd = text.includes('\r') ? anyLineEnd : lineFeed;
    for (let end = lineEnd(text, start); end !== -1; end = lineEnd(text, start)) {
      const event = this.#line(text.slice(start, end));
      if (event) events.push(event);
      start = end + 1;
      if (text.charCodeAt(end) !== 13) continue;
      if (start === text.length) this.#skipLineFeed = true;
      else if (text.charCodeAt(start) === 10) start++;
    }
    this.#rest = text.slice(start);
    this.#guard(this.#rest.length);
    return events;
  }

  /**
   * What a stream that ended left behind: a last event without its closing blank line. The standard
   * drops it; servers that close right behind their last word mean it.
   */
  end(): SseEvent[] {
    const line = this.#rest + this.#decoder.decode();
    this.#rest = '';
    if (line !== '') this.#line(line);
    const event = this.#dispatch();
    return event ? [event] : [];
  }

  #line(line: string): SseEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (field === 'data') {
      this.#guard(value.length);
      this.#dataChars += value.length;
      this.#data.push(value);
    } else if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\0')) this.#lastEventId = value;
    return undefined;
  }

  #dispatch(): SseEvent | undefined {
    const [type, data] = [this.#type, this.#data];
    this.#type = '';
    this.#data = [];
    this.#dataChars = 0;
    if (data.length === 0) return undefined;
    return { type: type || 'message', data: data.join('\n'), lastEventId: this.#lastEventId };
  }

  #guard(moreChars: number): void {
    if (this.#dataChars + moreChars <= EVENT_CHARS_MAX) return;
    const message = `An event of the stream is larger than ${EVENT_CHARS_MAX} characters.`;
    throw protocolError('SSE_EVENT_TOO_LARGE', { message });
  }
}

/** The next line end at or after `from`; -1 when the line is not complete yet. */
function lineFeed(text: string, from: number): number {
  return text.indexOf('\n', from);
}

/** As `lineFeed`, for the rare stream that ends lines with CR. */
function anyLineEnd(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  const carriageReturn = text.indexOf('\r', from);
  if (carriageReturn === -1) return newline;
  return newline === -1 ? carriageReturn : Math.min(newline, carriageReturn);
}

/** A data event with one line of data, as inference servers write it. */
export function sseData(line: string): string {
  return `data: ${line}\n\n`;
}

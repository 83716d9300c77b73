import type { ServerResponse } from 'node:http';
import { sseData } from '../../../src/protocol/sse.ts';
import { breakConnection } from '../../faults/break-connection.ts';

/** Where a completion's answer goes; faults wrap it. */
export interface AnswerSink {
  /** Sends the head of a stream. */
  openStream(): void;
  /** Adds one frame; `tokens` is how many output tokens the stream carries with it. */
  frame(json: string, tokens: number): void;
  /** Sends the frames added so far in one write. */
  flush(): void;
  /** Ends a stream with `[DONE]`. */
  endStream(): void;
  /** Sends a whole JSON answer. */
  whole(json: string): void;
  /** Breaks the connection under an answer that will not end. */
  cut(): void;
}

/** A reader this far behind is gone or hostile. */
const PENDING_BYTES_MAX = 4 * 1024 * 1024;

/** Writes to the HTTP response as it is. */
export class HttpSink implements AnswerSink {
  readonly #response: ServerResponse;
  readonly #headers: string[];
  #frames = '';

  /** @param headers names and values in turn, which Node writes without building an object; the sink adds its own */
  constructor(response: ServerResponse, headers: string[]) {
    this.#response = response;
    this.#headers = headers;
  }

  openStream(): void {
    this.#headers.push('content-type', 'text/event-stream; charset=utf-8');
    this.#response.writeHead(200, this.#headers);
    this.#response.flushHeaders();
  }

  frame(json: string): void {
    this.#frames += sseData(json);
  }

  flush(): void {
    if (this.#frames === '') return;
    this.#response.write(this.#frames);
    this.#frames = '';
    if (this.#response.writableLength > PENDING_BYTES_MAX) this.#response.destroy();
  }

  endStream(): void {
    this.#response.end(`${this.#frames}${sseData('[DONE]')}`);
    this.#frames = '';
  }

  whole(json: string): void {
    const bytes = Buffer.byteLength(json);
    this.#headers.push('content-type', 'application/json', 'content-length', String(bytes));
    this.#response.writeHead(200, this.#headers);
    // Pure ASCII is the same in both encodings, and Node writes Latin-1 in half the time.
    this.#response.end(json, bytes === json.length ? 'latin1' : 'utf8');
  }

  cut(): void {
    breakConnection(this.#response, 'rst');
  }
}

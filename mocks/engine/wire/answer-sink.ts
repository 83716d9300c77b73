import type { Reply } from '../../http/reply.ts';
import { sseData } from '../../../src/protocol/sse.ts';

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

const EVENT_STREAM: readonly string[] = ['content-type', 'text/event-stream; charset=utf-8'];
const JSON_TYPE: readonly string[] = ['content-type', 'application/json'];

/** Writes the answer as it is. */
export class HttpSink implements AnswerSink {
  readonly #reply: Reply;
  #frames = '';

  constructor(reply: Reply) {
    this.#reply = reply;
  }

  openStream(): void {
    this.#reply.open(200, EVENT_STREAM);
  }

  frame(json: string): void {
    this.#frames += sseData(json);
  }

  flush(): void {
    if (this.#frames === '') return;
    this.#reply.write(this.#frames);
    this.#frames = '';
    if (this.#reply.pendingBytes > PENDING_BYTES_MAX) this.#reply.hangUp('rst');
  }

  endStream(): void {
    this.#reply.end(`${this.#frames}${sseData('[DONE]')}`);
    this.#frames = '';
  }

  whole(json: string): void {
    this.#reply.send(200, JSON_TYPE, json);
  }

  cut(): void {
    this.#reply.hangUp('rst');
  }
}

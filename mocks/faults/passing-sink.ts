import type { Clock } from '../../src/base/clock.ts';
import type { AnswerSink } from '../engine/wire/answer-sink.ts';
import type { Reply } from '../http/reply.ts';

export interface SinkSurroundings {
  inner: AnswerSink;
  reply: Reply;
  clock: Clock;
}

/** Passes an answer on; each fault overrides what it breaks. */
export class PassingSink implements AnswerSink {
  /** Nothing more gets through: the fault has struck, or the answer is complete. */
  protected isOver = false;
  protected readonly inner: AnswerSink;
  protected readonly reply: Reply;
  protected readonly clock: Clock;

  constructor({ inner, reply, clock }: SinkSurroundings) {
    this.inner = inner;
    this.reply = reply;
    this.clock = clock;
  }

  openStream(): void {
    if (!this.isOver) this.inner.openStream();
  }

  frame(json: string, tokens: number): void {
    if (!this.isOver) this.inner.frame(json, tokens);
  }

  flush(): void {
    if (!this.isOver) this.inner.flush();
  }

  endStream(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.inner.endStream();
  }

  whole(json: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.inner.whole(json);
  }

  cut(): void {
    this.isOver = true;
    this.inner.cut();
  }

  /** Sends this much of a JSON answer under the content length of all. */
  protected cutWhole(json: string, bytes: number, mode: 'fin' | 'rst'): void {
    this.isOver = true;
    this.reply.sendCut(200, ['content-type', 'application/json'], { body: json, bytes, mode });
  }
}

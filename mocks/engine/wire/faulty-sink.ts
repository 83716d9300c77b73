import type { Clock } from '../../../src/base/clock.ts';
import type { Reply } from '../../http/reply.ts';
import { sseData } from '../../../src/protocol/sse.ts';
import type { FaultAction, FaultKind } from '../../faults/fault-rule.ts';
import type { AnswerSink } from './answer-sink.ts';

/** The faults that strike while an answer is being sent. */
export const ANSWER_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'closeAfter',
  'stallAfter',
  'errorEvent',
  'omitDone',
  'badFrame',
  'truncateJson',
]);

interface FaultySinkOptions {
  inner: AnswerSink;
  reply: Reply;
  clock: Clock;
  fault: FaultAction;
}

/** Passes an answer on until its fault strikes. */
export class FaultySink implements AnswerSink {
  readonly #inner: AnswerSink;
  readonly #reply: Reply;
  readonly #clock: Clock;
  readonly #fault: FaultAction;
  #frames = 0;
  /** Nothing more gets through: the fault has struck, or the answer is complete. */
  #isOver = false;
  /** Calls held back by a stall. */
  #held: (() => void)[] | undefined;
  #hasStalled = false;

  constructor(options: FaultySinkOptions) {
    this.#inner = options.inner;
    this.#reply = options.reply;
    this.#clock = options.clock;
    this.#fault = options.fault;
    if (this.#fault.kind === 'closeAfter' && this.#fault.ms !== undefined) {
      if (this.#fault.ms === 0) this.#close();
      else this.#clock.at(this.#clock.nowMs() + this.#fault.ms, () => this.#close());
    }
  }

  openStream(): void {
    if (!this.#isOver) this.#inner.openStream();
  }

  frame(json: string, tokens: number): void {
    this.#pass(() => {
      this.#frames++;
      this.#sendFrame(json, tokens);
    });
  }

  cut(): void {
    this.#isOver = true;
    this.#inner.cut();
  }

  flush(): void {
    this.#pass(() => this.#inner.flush());
  }

  endStream(): void {
    this.#pass(() => {
      this.#isOver = true;
      if (this.#fault.kind !== 'omitDone') return this.#inner.endStream();
      this.#inner.flush();
      this.#reply.end();
    });
  }

  whole(json: string): void {
    const fault = this.#fault;
    if (this.#isOver) return;
    this.#isOver = true;
    if (fault.kind === 'truncateJson') return this.#cut(json, fault.bytes);
    if (fault.kind === 'closeAfter' && fault.tokens !== undefined) {
      return this.#cut(json, json.length >> 1);
    }
    this.#inner.whole(json);
  }

  #sendFrame(json: string, tokens: number): void {
    const fault = this.#fault;
    if (fault.kind === 'badFrame' && this.#frames === fault.at) {
      return this.#inner.frame(json.slice(0, json.length >> 1), tokens);
    }
    const limit = limitOf(fault);
    if (limit === undefined || tokens <= limit) return this.#inner.frame(json, tokens);
    this.#inner.flush();
    this.#strike();
    if (fault.kind === 'stallAfter') this.#pass(() => this.#inner.frame(json, tokens));
  }

  #strike(): void {
    const fault = this.#fault;
    if (fault.kind === 'closeAfter') this.#closeBehind();
    if (fault.kind === 'errorEvent') this.#endWithError();
    if (fault.kind === 'stallAfter' && !this.#hasStalled) this.#stall(fault.ms);
  }

  /** vLLM reports a failure in mid-stream under HTTP 200, then still says `[DONE]`. */
  #endWithError(): void {
    this.#isOver = true;
    const error = {
      message: 'Injected failure',
      type: 'InternalServerError',
      param: null,
      code: 500,
    };
    this.#reply.end(sseData(JSON.stringify({ error })) + sseData('[DONE]'));
  }

  #stall(ms: number): void {
    this.#hasStalled = true;
    const held: (() => void)[] = [];
    this.#held = held;
    this.#clock.at(this.#clock.nowMs() + ms, () => {
      this.#held = undefined;
      for (const call of held) this.#pass(call);
      this.flush();
    });
  }

  /** A reset throws away what is still to be written; the tokens before it are not. */
  #closeBehind(): void {
    this.#isOver = true;
    this.#reply.hangUpBehind(this.#mode);
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#break();
  }

  #break(): void {
    this.#reply.hangUp(this.#mode);
  }

  get #mode(): 'fin' | 'rst' {
    const mode = this.#fault.kind === 'closeAfter' ? this.#fault.mode : undefined;
    return mode ?? 'fin';
  }

  #cut(json: string, bytes: number): void {
    this.#reply.sendCut(200, ['content-type', 'application/json'], {
      body: json,
      bytes,
      mode: this.#mode,
    });
  }

  #pass(call: () => void): void {
    if (this.#isOver) return;
    if (this.#held) this.#held.push(call);
    else call();
  }
}

/** Output tokens that still get through. */
function limitOf(fault: FaultAction): number | undefined {
  if (fault.kind === 'closeAfter' || fault.kind === 'stallAfter') return fault.tokens;
  return fault.kind === 'errorEvent' ? fault.afterTokens : undefined;
}

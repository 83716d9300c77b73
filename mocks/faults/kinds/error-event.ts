import { sseData } from '../../../src/protocol/sse.ts';
import { fault } from '../fault.ts';
import { integer, required } from '../../../src/schema/describe.ts';
import { PassingSink, type SinkSurroundings } from '../passing-sink.ts';
import { ofStreams } from '../reach.ts';

/** Ends a stream with vLLM's mid-stream error frame. */
export const errorEvent = fault({
  parameters: { afterTokens: required(integer('Output tokens before it.', 0)) },
  reach: ofStreams,
  sink: ({ afterTokens }, inner, to) => new FailingSink(afterTokens, { inner, ...to }),
});

const ERROR = { message: 'Injected failure', type: 'InternalServerError', param: null, code: 500 };

class FailingSink extends PassingSink {
  readonly #tokensMax: number;

  constructor(tokensMax: number, around: SinkSurroundings) {
    super(around);
    this.#tokensMax = tokensMax;
  }

  /** vLLM reports a failure in mid-stream under HTTP 200, then still says `[DONE]`. */
  override frame(json: string, tokens: number): void {
    if (this.isOver || tokens <= this.#tokensMax) return super.frame(json, tokens);
    this.inner.flush();
    this.isOver = true;
    this.reply.end(sseData(JSON.stringify({ error: ERROR })) + sseData('[DONE]'));
  }
}

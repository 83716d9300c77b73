import { fault } from '../fault.ts';
import { choice, integer, number, optional } from '../../../src/schema/describe.ts';
import { PassingSink, type SinkSurroundings } from '../passing-sink.ts';
import { ofCompletions } from '../reach.ts';

interface Parameters {
  tokens?: number;
  ms?: number;
  mode?: 'fin' | 'rst';
}

/** Closes the connection after this many output tokens or milliseconds. */
export const closeAfter = fault({
  parameters: {
    tokens: optional(integer('Output tokens that still get through.', 0)),
    ms: optional(number('Since the engine got the request.', 0, { min: 0 })),
    mode: optional(choice('How the connection ends.', ['fin', 'rst'], 'fin')),
  },
  needsOneOf: ['tokens', 'ms'],
  reach: ofCompletions,
  sink: (parameters, inner, to) => new ClosingSink(parameters, { inner, ...to }),
});

class ClosingSink extends PassingSink {
  readonly #tokensMax: number;
  readonly #mode: 'fin' | 'rst';

  constructor({ tokens = Infinity, ms, mode = 'fin' }: Parameters, around: SinkSurroundings) {
    super(around);
    this.#tokensMax = tokens;
    this.#mode = mode;
    if (ms === 0) this.#close();
    else if (ms !== undefined) this.clock.at(this.clock.nowMs() + ms, () => this.#close());
  }

  override frame(json: string, tokens: number): void {
    if (this.isOver || tokens <= this.#tokensMax) return super.frame(json, tokens);
    this.inner.flush();
    this.isOver = true;
    // A reset throws away what is still to be written; the tokens before it are not.
    this.reply.hangUpBehind(this.#mode);
  }

  override whole(json: string): void {
    if (this.isOver || this.#tokensMax === Infinity) return super.whole(json);
    this.cutWhole(json, json.length >> 1, this.#mode);
  }

  #close(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.reply.hangUp(this.#mode);
  }
}

import { fault } from '../fault.ts';
import { integer, number, required } from '../../../src/schema/describe.ts';
import { PassingSink, type SinkSurroundings } from '../passing-sink.ts';
import { ofStreams } from '../reach.ts';

interface Parameters {
  tokens: number;
  ms: number;
}

/** Holds back everything after this many output tokens for a while. */
export const stallAfter = fault({
  parameters: {
    tokens: required(integer('Output tokens before it.', 0)),
    ms: required(number('How long.', 0, { min: 0 })),
  },
  reach: ofStreams,
  sink: (parameters, inner, to) => new StallingSink(parameters, { inner, ...to }),
});

class StallingSink extends PassingSink {
  readonly #parameters: Parameters;
  #hasStalled = false;
  /** Calls held back. */
  #held: (() => void)[] | undefined;

  constructor(parameters: Parameters, around: SinkSurroundings) {
    super(around);
    this.#parameters = parameters;
  }

  override frame(json: string, tokens: number): void {
    if (!this.#hasStalled && tokens > this.#parameters.tokens) {
      this.inner.flush();
      this.#stall();
    }
    this.#pass(() => super.frame(json, tokens));
  }

  override flush(): void {
    this.#pass(() => super.flush());
  }

  override endStream(): void {
    this.#pass(() => super.endStream());
  }

  #stall(): void {
    this.#hasStalled = true;
    const held: (() => void)[] = [];
    this.#held = held;
    this.clock.at(this.clock.nowMs() + this.#parameters.ms, () => {
      this.#held = undefined;
      for (const call of held) call();
      this.flush();
    });
  }

  #pass(call: () => void): void {
    if (this.#held) this.#held.push(call);
    else call();
  }
}

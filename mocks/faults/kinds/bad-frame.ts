import { fault } from '../fault.ts';
import { integer, required } from '../../../src/schema/describe.ts';
import { PassingSink, type SinkSurroundings } from '../passing-sink.ts';
import { ofStreams } from '../reach.ts';

/** Breaks the JSON of the nth frame of a stream, counted from 1. */
export const badFrame = fault({
  parameters: { at: required(integer('Which frame, from 1.', 1, { min: 1 })) },
  reach: ofStreams,
  sink: ({ at }, inner, to) => new BreakingSink(at, { inner, ...to }),
});

class BreakingSink extends PassingSink {
  #framesLeft: number;

  constructor(at: number, around: SinkSurroundings) {
    super(around);
    this.#framesLeft = at;
  }

  override frame(json: string, tokens: number): void {
    super.frame(--this.#framesLeft === 0 ? json.slice(0, json.length >> 1) : json, tokens);
  }
}

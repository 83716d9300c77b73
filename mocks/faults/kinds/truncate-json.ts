import { fault } from '../fault.ts';
import { integer, required } from '../../../src/schema/describe.ts';
import { PassingSink, type SinkSurroundings } from '../passing-sink.ts';
import { ofJsonAnswers } from '../reach.ts';

/** Ends a JSON answer after this many bytes, under its full content length. */
export const truncateJson = fault({
  parameters: { bytes: required(integer('What still gets through.', 0)) },
  reach: ofJsonAnswers,
  sink: ({ bytes }, inner, to) => new TruncatingSink(bytes, { inner, ...to }),
});

class TruncatingSink extends PassingSink {
  readonly #bytes: number;

  constructor(bytes: number, around: SinkSurroundings) {
    super(around);
    this.#bytes = bytes;
  }

  override whole(json: string): void {
    this.cutWhole(json, this.#bytes, 'fin');
  }
}

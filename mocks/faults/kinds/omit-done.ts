import { fault } from '../fault.ts';
import { PassingSink } from '../passing-sink.ts';
import { ofStreams } from '../reach.ts';

/** Ends a stream without `[DONE]`. */
export const omitDone = fault({
  parameters: {},
  reach: ofStreams,
  sink: (_, inner, to) => new DonelessSink({ inner, ...to }),
});

class DonelessSink extends PassingSink {
  override endStream(): void {
    this.isOver = true;
    this.inner.flush();
    this.reply.end();
  }
}

import type { Reply } from '../../../src/net/wire/reply.ts';
import type { KvEventBatch, KvEventStream } from './kv-event-stream.ts';

/**
 * vLLM's KV events over server-sent events: the batches it publishes as msgpack on ZeroMQ, as JSON.
 * The SSE id is the sequence number; `Last-Event-ID` replays what is still there.
 */
export class KvEventSse {
  readonly #stream: KvEventStream;
  readonly #subscribers = new Set<Reply>();

  constructor(stream: KvEventStream) {
    this.#stream = stream;
  }

  /** Serves one subscriber until it leaves; replays from after `lastEventId` when it names one. */
  serve(reply: Reply, lastEventId: string | undefined): void {
    reply.open(200, [
      'content-type',
      'text/event-stream; charset=utf-8',
      'cache-control',
      'no-store',
    ]);
    if (lastEventId !== undefined && /^\d+$/.test(lastEventId)) {
      this.#replay(reply, Number(lastEventId) + 1);
    }
    const unsubscribe = this.#stream.subscribe((batch) => reply.write(frame(batch)));
    this.#subscribers.add(reply);
    reply.onGone(() => {
      unsubscribe();
      this.#subscribers.delete(reply);
    });
  }

  close(): void {
    for (const subscriber of this.#subscribers) subscriber.end();
  }

  #replay(reply: Reply, from: number): void {
    const { oldest } = this.#stream;
    if (from < oldest) {
      reply.write(`event: gap\ndata: ${JSON.stringify({ from, to: oldest - 1 })}\n\n`);
    }
    for (const batch of this.#stream.since(from)) reply.write(frame(batch));
  }
}

function frame({ seq, ts, event }: KvEventBatch): string {
  const data = JSON.stringify({ ts, events: [event], data_parallel_rank: 0 });
  return `id: ${seq}\ndata: ${data}\n\n`;
}

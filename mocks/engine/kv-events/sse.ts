import type { Reply } from '../../http/reply.ts';
import type { KvEventBatch, KvEventStream } from './kv-event-stream.ts';
import { withHashes } from './wire-event.ts';
import { hashText } from './wire-hash.ts';

/** A reader this far behind is gone or hostile. */
const PENDING_BYTES_MAX = 4 * 1024 * 1024;

/**
 * vLLM's KV events over server-sent events: the batches it publishes as msgpack on ZeroMQ, as JSON,
 * in which hashes are texts, as in the admin API: readers of JSON round integers of 64 bits.
 * The SSE id is the sequence number; `Last-Event-ID` replays what is still there.
 */
export class KvEventSse {
  readonly #stream: KvEventStream;
  /** Subscribers that have caught up, and how to end their subscription. */
  readonly #subscribers = new Map<Reply, () => void>();

  constructor(stream: KvEventStream) {
    this.#stream = stream;
  }

  /** Serves one subscriber until it leaves; replays from after `lastEventId` when there is one. */
  serve(reply: Reply, lastEventId: number | undefined): void {
    reply.open(200, [
      'content-type',
      'text/event-stream; charset=utf-8',
      'cache-control',
      'no-store',
    ]);
    reply.onGone(() => this.#forget(reply));
    this.#catchUp(reply, lastEventId === undefined ? this.#stream.published : lastEventId + 1);
  }

  close(): void {
    for (const subscriber of this.#subscribers.keys()) subscriber.end();
  }

  /** Sends what is kept from `from` on, as fast as the reader reads; then it hears of batches as they come. */
  #catchUp(reply: Reply, from: number): void {
    const { oldest } = this.#stream;
    if (from < oldest) {
      reply.write(`event: gap\ndata: ${JSON.stringify({ from, to: oldest - 1 })}\n\n`);
    }
    for (const batch of this.#stream.since(from)) {
      if (reply.write(frame(batch))) continue;
      reply.onDrained(() => this.#catchUp(reply, batch.seq + 1));
      return;
    }
    const unsubscribe = this.#stream.subscribe((batch) => this.#send(reply, batch));
    this.#subscribers.set(reply, unsubscribe);
  }

  #send(reply: Reply, batch: KvEventBatch): void {
    reply.write(frame(batch));
    if (reply.pendingBytes > PENDING_BYTES_MAX) reply.hangUp('rst');
  }

  #forget(reply: Reply): void {
    this.#subscribers.get(reply)?.();
    this.#subscribers.delete(reply);
  }
}

function frame({ seq, ts, event }: KvEventBatch): string {
  const told = withHashes(event, hashText);
  const data = JSON.stringify({ ts, events: [told], data_parallel_rank: 0 });
  return `id: ${seq}\ndata: ${data}\n\n`;
}

import { createRandom, mixSeed, type Random } from '../../src/base/random.ts';
import type { Reply } from '../../src/net/wire/reply.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { FaultActions } from '../faults/fault-rule.ts';
import type { LocatedCacheEvent } from './core/engine.ts';

/** Batches that a late subscriber can still have. */
const REPLAY_MAX = 4_096;

/** A reader this far behind is let go; it can come back with `Last-Event-ID`. */
const PENDING_BYTES_MAX = 4 * 1024 * 1024;

interface Batch {
  seq: number;
  /** Unix seconds. */
  ts: number;
  located: LocatedCacheEvent;
}

/**
 * vLLM's KV events over server-sent events: the batches vLLM publishes as msgpack on ZeroMQ
 * (vllm/distributed/kv_events.py), as JSON. The SSE id is the sequence number; `Last-Event-ID`
 * replays what is still there, all of it after -1.
 */
export class KvEventStream {
  readonly #ring: Batch[] = [];
  readonly #subscribers = new Set<Reply>();
  readonly #faults: FaultBook;
  readonly #random: Random;
  readonly #wallMs: () => number;
  #seq = 0;
  /** A batch that a fault holds back until after the next one. */
  #swapped: Batch | undefined;

  constructor(options: { faults: FaultBook; seed: number; wallMs: () => number }) {
    this.#faults = options.faults;
    this.#random = createRandom(mixSeed(options.seed, 'kv-events'));
    this.#wallMs = options.wallMs;
  }

  readonly publish = (located: LocatedCacheEvent): void => {
    const seq = this.#seq++;
    const batch = { seq, ts: this.#wallMs() / 1_000, located };
    this.#ring[seq % REPLAY_MAX] = batch;
    if (this.#subscribers.size > 0) this.#deliver(batch);
  };

  /** Serves one subscriber until it leaves; replays from after `lastEventId` when there is one. */
  serve(reply: Reply, lastEventId: number | undefined): void {
    reply.open(200, [
      'content-type',
      'text/event-stream; charset=utf-8',
      'cache-control',
      'no-store',
    ]);
    reply.onGone(() => this.#subscribers.delete(reply));
    this.#catchUp(reply, lastEventId === undefined ? this.#seq : lastEventId + 1);
  }

  close(): void {
    for (const subscriber of this.#subscribers) subscriber.end();
  }

  /** Sends what is kept from `from` on, as fast as the reader reads; then it hears of batches as they come. */
  #catchUp(reply: Reply, from: number): void {
    for (let seq = from; seq < this.#seq; seq++) {
      const oldest = Math.max(0, this.#seq - REPLAY_MAX);
      if (seq < oldest) {
        reply.write(`event: gap\ndata: ${JSON.stringify({ from: seq, to: oldest - 1 })}\n\n`);
        seq = oldest;
      }
      if (reply.write(frame(this.#ring[seq % REPLAY_MAX]!))) continue;
      const next = seq + 1;
      reply.onDrained(() => this.#catchUp(reply, next));
      return;
    }
    this.#subscribers.add(reply);
  }

  #deliver(batch: Batch): void {
    const fault = this.#fault();
    const held = this.#swapped;
    this.#swapped = undefined;
    // One at a time, or a stream of nothing but held batches would be in order again.
    if (fault && !held && this.#random.next() < (fault.reorder ?? 0)) this.#swapped = batch;
    else if (!fault || this.#random.next() >= (fault.drop ?? 0)) {
      this.#write(batch);
      if (fault && this.#random.next() < (fault.dup ?? 0)) this.#write(batch);
    }
    if (held) this.#write(held);
  }

  #fault(): FaultActions['kvEvents'] | undefined {
    const rule = this.#faults.rules.find(({ action }) => action.kind === 'kvEvents');
    return rule?.action.kind === 'kvEvents' ? rule.action : undefined;
  }

  #write(batch: Batch): void {
    const text = frame(batch);
    for (const subscriber of this.#subscribers) {
      subscriber.write(text);
      if (subscriber.pendingBytes > PENDING_BYTES_MAX) subscriber.hangUp('rst');
    }
  }
}

function frame({ seq, ts, located }: Batch): string {
  const data = JSON.stringify({ ts, events: [wireEvent(located)], data_parallel_rank: 0 });
  return `id: ${seq}\ndata: ${data}\n\n`;
}

/**
 * BlockStored, BlockRemoved or AllBlocksCleared, as a map keyed by `type`. Unlike vLLM's, the last
 * names its medium: here the second tier tells of itself on the same stream.
 */
function wireEvent({ location, event }: LocatedCacheEvent): object {
  switch (event.type) {
    case 'stored':
      return {
        type: 'BlockStored',
        block_hashes: event.hashes,
        parent_block_hash: event.parentHash,
        token_ids: event.tokens,
        block_size: event.blockSize,
        lora_id: null,
        medium: location,
        lora_name: null,
      };
    case 'removed':
      return { type: 'BlockRemoved', block_hashes: event.hashes, medium: location };
    case 'cleared':
      return { type: 'AllBlocksCleared', medium: location };
  }
}

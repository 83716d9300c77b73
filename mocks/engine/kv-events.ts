import type { ServerResponse } from 'node:http';
import { createRandom, mixSeed, type Random } from '../../src/base/random.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { FaultAction, FaultKind } from '../faults/fault-rule.ts';
import type { LocatedCacheEvent } from './core/engine.ts';

/** Batches that a late subscriber can still have. */
const REPLAY_MAX = 4_096;

type KvEventFault = Extract<FaultAction, { kind: 'kvEvents' }>;

const KV_EVENTS: ReadonlySet<FaultKind> = new Set<FaultKind>(['kvEvents']);

interface Batch {
  seq: number;
  /** Unix seconds. */
  ts: number;
  located: LocatedCacheEvent;
}

/**
 * vLLM's KV events over server-sent events: the batches vLLM publishes as msgpack on ZeroMQ
 * (vllm/distributed/kv_events.py), as JSON. The SSE id is the sequence number; `Last-Event-ID`
 * replays what is still there.
 */
export class KvEventStream {
  readonly #ring: Batch[] = [];
  readonly #subscribers = new Set<ServerResponse>();
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

  /** Serves one subscriber until it leaves; replays from after `lastEventId` when it names one. */
  serve(response: ServerResponse, lastEventId: string | undefined): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    response.flushHeaders();
    if (lastEventId !== undefined && /^\d+$/.test(lastEventId)) {
      this.#replay(response, Number(lastEventId) + 1);
    }
    this.#subscribers.add(response);
    response.once('close', () => this.#subscribers.delete(response));
  }

  close(): void {
    for (const subscriber of this.#subscribers) subscriber.end();
  }

  #replay(response: ServerResponse, from: number): void {
    const oldest = Math.max(0, this.#seq - REPLAY_MAX);
    if (from < oldest) {
      response.write(`event: gap\ndata: ${JSON.stringify({ from, to: oldest - 1 })}\n\n`);
    }
    for (let seq = Math.max(from, oldest); seq < this.#seq; seq++) {
      response.write(frame(this.#ring[seq % REPLAY_MAX]!));
    }
  }

  #deliver(batch: Batch): void {
    const fault = this.#fault(batch);
    const held = this.#swapped;
    this.#swapped = undefined;
    // One at a time, or a stream of nothing but held batches would be in order again.
    if (fault && !held && this.#strikes(fault, fault.reorder)) this.#swapped = batch;
    else if (!fault || !this.#strikes(fault, fault.drop)) {
      this.#write(batch);
      if (fault && this.#strikes(fault, fault.dup)) this.#write(batch);
    }
    if (held) this.#write(held);
  }

  /** Conditions on requests do not hold for a batch; the counted ones count batches. */
  #fault({ seq }: Batch): KvEventFault | undefined {
    if (this.#faults.isEmpty) return undefined;
    const subject = { route: '', key: `kv-event-${seq}`, headers: {}, waiting: 0 };
    const action = this.#faults.match(subject, KV_EVENTS);
    return action?.kind === 'kvEvents' ? action : undefined;
  }

  #strikes(fault: KvEventFault, share = 0): boolean {
    if (this.#random.next() >= share) return false;
    this.#faults.count(fault);
    return true;
  }

  #write(batch: Batch): void {
    for (const subscriber of this.#subscribers) subscriber.write(frame(batch));
  }
}

function frame({ seq, ts, located }: Batch): string {
  const data = JSON.stringify({ ts, events: [wireEvent(located)], data_parallel_rank: 0 });
  return `id: ${seq}\ndata: ${data}\n\n`;
}

/** BlockStored, BlockRemoved or AllBlocksCleared, as a map keyed by `type`. */
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
      return { type: 'AllBlocksCleared' };
  }
}

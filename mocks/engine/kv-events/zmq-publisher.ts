import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ListenAddress, listenError } from '../../../src/net/listen.ts';
import type { ZmqSettings } from '../wire/settings.ts';
import type { KvEventDialect } from '../wire/vllm-version.ts';
import { type KvEventBatch, type KvEventStream, REPLAY_MAX } from './kv-event-stream.ts';
import {
  loadZeromq,
  type ZmqPublisherSocket,
  type ZmqRouterSocket,
} from '../../../src/net/kv-events/load-zeromq.ts';
import { encodeBatch } from './msgpack-batch.ts';
import { bindText, reachableEndpoint } from './zmq-address.ts';

/** The bound addresses, as a subscriber on this machine connects to them. */
export interface ZmqEndpoints {
  zmq: string;
  replay: string | null;
}

export interface ZmqPublisherOptions extends ZmqSettings {
  stream: KvEventStream;
  dialect: KvEventDialect;
  /** Who publishes, for errors. */
  owner: string;
}

const EMPTY = '';
/** −1 as a signed 64-bit number, where a sequence number would be. */
const END_SEQ = Buffer.alloc(8, 0xff);

/**
 * Messages kept for one subscriber that does not keep up; ZeroMQ drops what comes after. vLLM keeps
 * ten times as many, which at long prompts is more memory than a mock may take.
 */
const SUBSCRIBER_QUEUE_MAX = REPLAY_MAX;
/** ZeroMQ acknowledges reads in halves of the mark: twice a whole replay with its end always fits. */
const REPLAY_QUEUE_MAX = 2 * (REPLAY_MAX + 1);
/** A request is eight bytes. */
const REQUEST_BYTES_MAX = 1_024;
/** Batches of a replay that are written before anything else gets its turn. */
const REPLAY_BURST = 100;

/** Every send happens within the call or not at all; a closed socket leaves nothing behind. */
const SOCKET = { sendTimeout: 0, linger: 0 } as const;

/**
 * vLLM's ZmqEventPublisher (vllm/distributed/kv_events.py): a PUB socket that sends
 * `[topic, seq, payload]`, and a ROUTER that answers a starting number with the batches from there.
 * Unlike vLLM's it always binds.
 */
export class ZmqEventPublisher {
  readonly endpoints: ZmqEndpoints;
  readonly topic: string;
  readonly #publisher: ZmqPublisherSocket;
  readonly #router: ZmqRouterSocket | undefined;
  readonly #stream: KvEventStream;
  readonly #dialect: KvEventDialect;
  readonly #unsubscribe: () => void;
  #isClosed = false;

  private constructor(
    publisher: ZmqPublisherSocket,
    router: ZmqRouterSocket | undefined,
    { stream, dialect, topic }: ZmqPublisherOptions,
  ) {
    this.#publisher = publisher;
    this.#router = router;
    this.#stream = stream;
    this.#dialect = dialect;
    this.topic = topic;
    this.endpoints = {
      zmq: reachableEndpoint(publisher.lastEndpoint!),
      replay: router ? reachableEndpoint(router.lastEndpoint!) : null,
    };
    this.#unsubscribe = stream.subscribe((batch) => {
      void publisher.send([topic, ...this.#frames(batch)]);
    });
    if (router) void this.#serveReplays(router);
  }

  /**
   * Binds the sockets and publishes from now on.
   * @throws KvcacheError ZEROMQ_MISSING or ZEROMQ_UNUSABLE (kind usage); PORT_TAKEN, PORT_FORBIDDEN
   * or LISTEN_FAILED (kind target)
   */
  static async open(options: ZmqPublisherOptions): Promise<ZmqEventPublisher> {
    const { publish, replay, owner } = options;
    const { Publisher, Router } = await loadZeromq();
    const publisher = await bound(
      new Publisher({
        ...socketOptions(publish),
        sendHighWaterMark: SUBSCRIBER_QUEUE_MAX,
      }),
      publish,
      `KV event socket of ${owner}`,
    );
    if (!replay) return new ZmqEventPublisher(publisher, undefined, options);
    const router = new Router({
      ...socketOptions(replay),
      sendHighWaterMark: REPLAY_QUEUE_MAX,
      maxMessageSize: REQUEST_BYTES_MAX,
    });
    try {
      await bound(router, replay, `KV event replay socket of ${owner}`);
    } catch (error) {
      publisher.close();
      throw error;
    }
    return new ZmqEventPublisher(publisher, router, options);
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#publisher.close();
    this.#router?.close();
  }

  /** One request after the other; ends when the socket is closed. */
  async #serveReplays(router: ZmqRouterSocket): Promise<void> {
    for await (const [client, delimiter, start, ...rest] of router) {
      // vLLM too passes over whatever is not [identity, empty, start].
      if (client && delimiter && start && rest.length === 0) {
        await this.#replay(router, client, startOf(start));
      }
    }
  }

  async #replay(router: ZmqRouterSocket, client: Buffer, from: number): Promise<void> {
    for (const [index, batch] of this.#stream.since(from).entries()) {
      if (index % REPLAY_BURST === REPLAY_BURST - 1) await nextTurn();
      if (this.#isClosed) return;
      void router.send([client, EMPTY, ...this.#ofTopic(this.topic), ...this.#frames(batch)]);
    }
    void router.send([client, EMPTY, ...this.#ofTopic(EMPTY), END_SEQ, EMPTY]);
  }

  /** Older versions leave it out of a replay. */
  #ofTopic(topic: string): string[] {
    return this.#dialect.replaysTopic ? [topic] : [];
  }

  #frames(batch: KvEventBatch): [seq: Buffer, payload: Uint8Array] {
    const seq = Buffer.alloc(8);
    seq.writeBigUInt64BE(BigInt(batch.seq));
    return [seq, encodeBatch(batch, this.#dialect.shape)];
  }
}

function socketOptions({ host }: ListenAddress): object {
  return { ...SOCKET, ipv6: host?.includes(':') === true };
}

async function bound<Socket extends ZmqPublisherSocket>(
  socket: Socket,
  address: ListenAddress,
  role: string,
): Promise<Socket> {
  try {
    await socket.bind(bindText(address));
    return socket;
  } catch (error) {
    socket.close();
    throw listenError(error as Error, address, role);
  }
}

/** A big-endian number of any length, as Python's `int.from_bytes` reads it. */
function startOf(frame: Buffer): number {
  return Number(BigInt(`0x0${frame.toString('hex')}`));
}

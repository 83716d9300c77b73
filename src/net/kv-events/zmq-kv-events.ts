import { readKvEventBatch } from '../../protocol/kv-events.ts';
import { decodeMsgpack } from '../../protocol/msgpack.ts';
import { netError } from '../errors.ts';
import type { KvEventAddress, KvEventReceiver, KvEventSource } from './kv-event-source.ts';
import { loadZeromq, type Zeromq } from './load-zeromq.ts';

/** As many as vLLM keeps for a subscriber. */
const BATCHES_WAITING_MAX = 100_000;
const RECONNECT = { reconnectInterval: 1_000, reconnectMaxInterval: 5_000 } as const;

type Subscriber = InstanceType<Zeromq['Subscriber']>;
type Dealer = InstanceType<Zeromq['Dealer']>;

/** @throws KvcacheError ZEROMQ_MISSING or ZEROMQ_UNUSABLE (kind usage); KV_EVENTS_ADDRESS_INVALID (kind usage) */
export async function openZmqKvEvents(
  address: KvEventAddress,
  receiver: KvEventReceiver,
): Promise<KvEventSource> {
  const { Subscriber, Dealer } = await loadZeromq();
  const options = {
    ...RECONNECT,
    linger: 0,
    receiveHighWaterMark: BATCHES_WAITING_MAX,
    ipv6: true,
  };
  const subscriber = new Subscriber(options);
  const dealer = address.replay === '' ? undefined : new Dealer(options);
  try {
    return new ZmqKvEvents(subscriber, dealer, { address, receiver });
  } catch (error) {
    subscriber.close();
    dealer?.close();
    const where = `${address.url} ${address.replay}`.trim();
    throw netError('KV_EVENTS_ADDRESS_INVALID', { where, cause: error });
  }
}

/** vLLM's ZmqEventPublisher from the other side (vllm/distributed/kv_events.py): SUB, and DEALER for replays. */
class ZmqKvEvents implements KvEventSource {
  readonly #subscriber: Subscriber;
  readonly #dealer: Dealer | undefined;
  readonly #receiver: KvEventReceiver;
  /** Replays asked for and not answered to their end. */
  #asked = 0;
  #isUp = false;

  constructor(
    subscriber: Subscriber,
    dealer: Dealer | undefined,
    { address, receiver }: { address: KvEventAddress; receiver: KvEventReceiver },
  ) {
    this.#subscriber = subscriber;
    this.#dealer = dealer;
    this.#receiver = receiver;
    subscriber.events.on('handshake', () => this.#onUp());
    subscriber.events.on('disconnect', () => this.#onDown());
    subscriber.connect(address.url);
    subscriber.subscribe(address.topic);
    void this.#readLive(subscriber);
    if (!dealer) return;
    dealer.connect(address.replay);
    // What was asked of an engine that went away is never answered.
    dealer.events.on('disconnect', () => (this.#asked = 0));
    void this.#readReplays(dealer);
  }

  replay(from: number): boolean {
    if (!this.#dealer) return false;
    const start = Buffer.alloc(8);
    start.writeBigUInt64BE(BigInt(from));
    this.#asked++;
    this.#dealer.send(['', start]).catch(() => this.#asked--);
    return true;
  }

  close(): void {
    this.#subscriber.close();
    this.#dealer?.close();
  }

  #onUp(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#receiver.onUp();
  }

  #onDown(): void {
    this.#isUp = false;
    this.#receiver.onDown(new Error('the connection was closed'));
  }

  async #readLive(subscriber: Subscriber): Promise<void> {
    for await (const [, seq, payload] of subscriber) this.#receive(seq, payload);
  }

  /** Newer engines begin with the topic here too: the last two frames are the same in all. */
  async #readReplays(dealer: Dealer): Promise<void> {
    for await (const frames of dealer) {
      const [seq, payload] = frames.slice(-2);
      if (payload && payload.length > 0) this.#receive(seq, payload);
      else if (--this.#asked <= 0) {
        this.#asked = 0;
        this.#receiver.onReplayed();
      }
    }
  }

  #receive(seq: Buffer | undefined, payload: Buffer | undefined): void {
    if (seq?.length !== 8 || !payload) return;
    try {
      const number = Number(seq.readBigUInt64BE());
      this.#receiver.onBatch(readKvEventBatch(number, decodeMsgpack(payload)));
    } catch (error) {
      this.#receiver.onDown(error as Error);
    }
  }
}

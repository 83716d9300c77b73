import { ByteStore } from '../../base/byte-store.ts';
import { atEndOfTurn } from '../../base/turn.ts';
import type { UpstreamCall, UpstreamReceiver } from '../../net/pool/pool-call.ts';
import type { WireRequest } from '../../net/pool/request-head.ts';
import type { UpstreamPool } from '../../net/pool/upstream-pool.ts';
import type { Endpoint } from '../balance/cluster.ts';
import type { EndpointMetrics } from './metrics.ts';
import { readResponseHead, type ResponseHead } from './response-headers.ts';
import type { Relay } from './relay.ts';

/** The way to one endpoint. */
export interface Lane {
  readonly endpoint: Endpoint;
  readonly pool: UpstreamPool;
  readonly metrics: EndpointMetrics;
  /** 0 = unlimited. */
  readonly connectionsMax: number;
}

export type AttemptOutcome =
  /** The answer went to the client, whole. */
  | { kind: 'relayed'; head: ResponseHead; relay: Relay }
  /** Some of its body did, then the engine broke off. */
  | { kind: 'broken-off'; head: ResponseHead; relay: Relay }
  /** An answer another attempt may replace; kept in case none does. */
  | { kind: 'held'; head: ResponseHead; body: Buffer }
  /** No answer, or none of which a client could have seen anything. */
  | { kind: 'failed'; error: Error; isSent: boolean }
  | { kind: 'stopped' };

export interface AttemptHooks {
  /** May this answer be held back, because another attempt can follow? */
  shouldHold(head: ResponseHead): boolean;
  /** Starts passing the answer on. */
  startRelay(head: ResponseHead, flow: { resume(): void; complete(): void }): Relay;
}

/** Larger answers are not held back; nobody sends an error of this size. */
const HELD_BYTES_MAX = 64 * 1024;

/** One request to one endpoint. Bookkeeping is done before the client can see the answer's end. */
export class Attempt implements UpstreamReceiver {
  readonly outcome: Promise<AttemptOutcome>;
  readonly #lane: Lane;
  readonly #hooks: AttemptHooks;
  readonly #call: UpstreamCall;
  #settle!: (outcome: AttemptOutcome) => void;
  #isSent = false;
  #isCounted = false;
  #isGone = false;
  #head: ResponseHead | undefined;
  /** The answer is kept back, for another attempt may follow. */
  #isHeld = false;
  #relay: Relay | undefined;
  readonly #held = new ByteStore();

  constructor(lane: Lane, request: WireRequest, hooks: AttemptHooks) {
    this.#lane = lane;
    this.#hooks = hooks;
    this.outcome = new Promise((resolve) => (this.#settle = resolve));
    lane.endpoint.inFlight += 1;
    lane.metrics.requests.inc();
    this.#call = lane.pool.send(request, this);
  }

  /** The client has been answered with some of it, or all. */
  get hasBegun(): boolean {
    return this.#relay !== undefined;
  }

  /** Gives up: the engine sees the connection close at once. */
  stop(): void {
    this.#call.abort();
    this.#leave();
    this.#settle({ kind: 'stopped' });
  }

  /** Gives up on an endpoint that does not answer; another may get the request. */
  fail(error: Error): void {
    this.#call.abort();
    this.onError(error);
  }

  onSent(): void {
    this.#isSent = true;
  }

  /** Kept until the body begins or is over: an engine that dies in between has answered nobody. */
  onHead(status: number, rawHeaders: string[]): void {
    this.#head = readResponseHead(status, rawHeaders);
    this.#isHeld = this.#hooks.shouldHold(this.#head);
  }

  onChunk(chunk: Buffer): boolean {
    if (!this.#isHeld) return this.#passOn().write(chunk);
    if (this.#held.length + chunk.length > HELD_BYTES_MAX) {
      this.#isHeld = false;
      const relay = this.#passOn();
      relay.write(this.#held.take());
      return relay.write(chunk);
    }
    this.#held.add(Buffer.from(chunk));
    return true;
  }

  onEnd(rawTrailers: string[]): void {
    if (this.#isHeld) {
      this.#holdOver();
      return;
    }
    const head = this.#head!;
    const relay = this.#passOn();
    atEndOfTurn(() => {
      relay.end(rawTrailers);
      this.#leave();
      this.#settle({ kind: 'relayed', head, relay });
    });
  }

  onError(error: Error): void {
    this.#lane.metrics.broken();
    this.#leave();
    if (this.#relay) {
      this.#relay.cut();
      this.#settle({ kind: 'broken-off', head: this.#head!, relay: this.#relay });
      return;
    }
    this.#settle({ kind: 'failed', error, isSent: this.#isSent });
  }

  #passOn(): Relay {
    return (this.#relay ??= this.#hooks.startRelay(this.#head!, {
      resume: () => this.#call.resume(),
      complete: () => this.#count(this.#head!.status),
    }));
  }

  #holdOver(): void {
    const head = this.#head!;
    this.#count(head.status);
    this.#leave();
    this.#settle({ kind: 'held', head, body: this.#held.take() });
  }

  #count(status: number): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#lane.metrics.answered(status);
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#lane.endpoint.inFlight -= 1;
  }
}

import type { WireRequest } from './request-head.ts';

/** Told what becomes of one upstream request. After `onEnd` or `onError` nothing more comes. */
export interface UpstreamReceiver {
  /** The request goes out on a live connection now; before this, no server has seen any of it. */
  onSent(): void;
  /** Head of the final answer, flat header pairs as received. */
  onHead(status: number, rawHeaders: string[]): void;
  /** A view that is valid during the call: copy what you keep. Returns false to pause reading until `resume`. */
  onChunk(chunk: Buffer): boolean;
  onEnd(rawTrailers: string[]): void;
  onError(error: Error): void;
}

export interface UpstreamCall {
  /** Cuts the connection; the receiver hears nothing more. */
  abort(): void;
  /** Goes on reading after `onChunk` returned false. */
  resume(): void;
}

/** What a call runs on. */
interface Carrier {
  resume(): void;
  destroy(): void;
}

/** One request on its way through a pool. Passes events on until it is over. */
export class PoolCall implements UpstreamCall {
  readonly request: WireRequest;
  /** Undefined while it waits for one. */
  connection: Carrier | undefined = undefined;
  readonly #receiver: UpstreamReceiver;
  readonly #forget: (call: PoolCall) => void;
  #isOver = false;

  /** @param forget takes it out of the queue when it is aborted there */
  constructor(request: WireRequest, receiver: UpstreamReceiver, forget: (call: PoolCall) => void) {
    this.request = request;
    this.#receiver = receiver;
    this.#forget = forget;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.connection) this.connection.destroy();
    else this.#forget(this);
  }

  resume(): void {
    if (!this.#isOver) this.connection?.resume();
  }

  onSent(): void {
    if (!this.#isOver) this.#receiver.onSent();
  }

  onHead(status: number, rawHeaders: string[]): void {
    if (!this.#isOver) this.#receiver.onHead(status, rawHeaders);
  }

  onChunk(chunk: Buffer): boolean {
    return this.#isOver || this.#receiver.onChunk(chunk);
  }

  onEnd(rawTrailers: string[]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#receiver.onEnd(rawTrailers);
  }

  onError(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#receiver.onError(error);
  }
}

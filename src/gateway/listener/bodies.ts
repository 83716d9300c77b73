import type { IncomingMessage } from 'node:http';
import { readBody } from '../../net/body.ts';
import type { GatewayAnswer } from './answer.ts';
import { unpack } from './request-body.ts';

/** Who holds a request's body. */
export interface BodyHolder {
  heldBytes: number;
}

export interface BodyLimits {
  /** Bytes of one body, packed and unpacked. */
  bodyBytesMax: number;
  /** Bytes of all bodies held together. */
  bufferedBytesMax: number;
}

const NO_ROOM: GatewayAnswer = {
  status: 503,
  message: 'Service unavailable',
  error: 'too many request bodies are held already',
  headers: { 'retry-after': '1', connection: 'close' },
};

/** Receives the bodies of all listeners, within one bound on what they take together. */
export class Bodies {
  #heldBytes = 0;
  /** One at a time, because nobody knows how large a body becomes while it is unpacked. */
  #unpacking: Promise<unknown> = Promise.resolve();

  /** The whole body, unpacked where it is to be read; an answer where it is refused; undefined when the client left. */
  async receive(
    request: IncomingMessage,
    holder: BodyHolder,
    given: { limits: BodyLimits; isUnpacked: boolean },
  ): Promise<Buffer | GatewayAnswer | undefined> {
    const { bodyBytesMax: bytesMax, bufferedBytesMax } = given.limits;
    const hasRoomFor = (bytes: number): boolean => this.#hold(holder, bytes, bufferedBytesMax);
    const body = await readBody(request, { bytesMax, hasRoomFor });
    if (body === 'aborted') return undefined;
    if (body === 'too-large') return tooLarge(bytesMax);
    if (body === 'no-room') return NO_ROOM;
    if (!given.isUnpacked || request.headers['content-encoding'] === undefined) return body;
    const plain = await this.#unpack(request, body, bytesMax);
    // The holder may be answering the connection's next request already.
    if (request.destroyed && request.socket.destroyed) return undefined;
    return hasRoomFor(Math.max(0, plain.length - body.length)) ? plain : NO_ROOM;
  }

  release(holder: BodyHolder): void {
    this.#heldBytes -= holder.heldBytes;
    holder.heldBytes = 0;
  }

  #hold(holder: BodyHolder, bytes: number, bytesMax: number): boolean {
    if (this.#heldBytes + bytes > bytesMax) return false;
    this.#heldBytes += bytes;
    holder.heldBytes += bytes;
    return true;
  }

  #unpack(request: IncomingMessage, body: Buffer, bytesMax: number): Promise<Buffer> {
    const unpacked = this.#unpacking.then(() => unpack(request, body, bytesMax));
    this.#unpacking = unpacked.catch(() => {});
    return unpacked;
  }
}

export function tooLarge(bytesMax: number): GatewayAnswer {
  return {
    status: 413,
    message: 'Request body too large',
    error: `the body has more than ${bytesMax} bytes`,
  };
}

import type { IncomingMessage } from 'node:http';
import { ByteStore } from '../base/byte-store.ts';

/** Why a request body could not be had. */
export type BodyFailure = 'too-large' | 'no-room' | 'aborted';

export interface BodyBounds {
  bytesMax: number;
  /** Asked for each piece; false ends the reading with `no-room`. */
  hasRoomFor?: (bytes: number) => boolean;
}

/**
 * Reads a whole request body. One beyond the bounds is given up without reading the rest; a client
 * that leaves early gives `aborted`.
 */
export function readBody(
  request: IncomingMessage,
  { bytesMax, hasRoomFor }: BodyBounds,
): Promise<Buffer | BodyFailure> {
  const expected = Number(request.headers['content-length'] ?? Infinity);
  if (expected !== Infinity && expected > bytesMax) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const body = new ByteStore(expected);
    const giveUp = (failure: BodyFailure): void => {
      request.pause();
      request.removeAllListeners('data');
      body.clear();
      resolve(failure);
    };
    request.on('data', (piece: Buffer) => {
      if (body.length + piece.length > bytesMax) giveUp('too-large');
      else if (hasRoomFor?.(piece.length) === false) giveUp('no-room');
      else body.add(piece);
    });
    request.on('end', () => resolve(body.take()));
    request.on('close', () => {
      body.clear();
      resolve('aborted');
    });
    request.on('error', () => resolve('aborted'));
  });
}

import type { IncomingMessage } from 'node:http';

/** Why a request body could not be had. */
export type BodyFailure = 'too-large' | 'aborted';

/**
 * Reads a whole request body of at most `maxBytes`. A larger one is answered `too-large` without
 * reading the rest; a client that leaves early gives `aborted`.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | BodyFailure> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes)
    return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.pause();
        request.removeAllListeners('data');
        resolve('too-large');
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('close', () => resolve('aborted'));
    request.on('error', () => resolve('aborted'));
  });
}

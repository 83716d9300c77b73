import type { IncomingMessage } from 'node:http';
import { contentCodings, decodeBody } from '../../net/content-coding.ts';

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Fields that speak of the body as it was sent. */
const OF_THE_CODING: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-digest',
  'content-md5',
]);

/**
 * The request's body without its content codings, which engines do not undo; the request then is as
 * if it had been sent plain. A body that cannot be decoded within `bytesMax` stays as it is, and so
 * does the header that says so.
 */
export async function unpack(
  request: IncomingMessage,
  body: Buffer,
  bytesMax: number,
): Promise<Buffer> {
  const codings = contentCodings(request.headers['content-encoding']);
  if (codings.length === 0 || body.length === 0) return body;
  const plain = await decodeBody(body, codings, bytesMax);
  if (!plain) return body;
  request.rawHeaders = request.rawHeaders.filter(
    (_, index, raw) => !OF_THE_CODING.has(raw[index - (index % 2)]!.toLowerCase()),
  );
  for (const name of OF_THE_CODING) delete request.headers[name];
  return plain;
}

import { WireError } from './wire-error.ts';

/** A request ready for the wire. */
export interface WireRequest {
  method: string;
  /** Path and query. */
  path: string;
  /** Flat pairs, sent as they are: `host` and `content-length` are the caller's. */
  headers: readonly string[];
  body: Buffer | undefined;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NO_TARGET = /[^\u0021-\u00ff]|\u007f/;
const NO_VALUE = /[^\t\u0020-\u00ff]|\u007f/;

/**
 * The request's head, blank line included (RFC 9112 §3, §5).
 * @throws WireError when a part could be taken for another: line ends never get into a head
 */
export function requestHead({ method, path, headers }: WireRequest): string {
  if (!TOKEN.test(method) || NO_TARGET.test(path)) {
    throw new WireError('unsent', 'the request line has characters that HTTP forbids');
  }
  let head = `${method} ${path} HTTP/1.1\r\n`;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    const value = headers[index + 1]!;
    if (!TOKEN.test(name) || NO_VALUE.test(value)) {
      throw new WireError(
        'unsent',
        `header field ${JSON.stringify(name)} has characters that HTTP forbids`,
      );
    }
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

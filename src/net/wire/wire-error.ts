/** The other side broke HTTP/1.1 or the exchange off. System errors (`ECONNREFUSED`, …) come as they are. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

export function malformed(what: string): WireError {
  return new WireError(`the server's answer is not valid HTTP/1.1: ${what}`);
}

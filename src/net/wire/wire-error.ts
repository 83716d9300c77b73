/** `malformed`: the other side broke HTTP/1.1. `broken-off`: the connection ended too early. `unsent`: nothing went out. */
export type WireFault = 'malformed' | 'broken-off' | 'unsent';

/** The other side broke HTTP/1.1 or the exchange off. System errors (`ECONNREFUSED`, …) come as they are. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly fault: WireFault;

  constructor(fault: WireFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

export function malformed(what: string): WireError {
  return new WireError('malformed', `the server's answer is not valid HTTP/1.1: ${what}`);
}

/**
 * `malformed`: the other side broke HTTP/1.1. `head-too-large`: it sent a longer head than is read.
 * `broken-off`: the connection ended too early. `unsent`: nothing went out.
 */
export type WireFault = 'malformed' | 'head-too-large' | 'broken-off' | 'unsent';

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
  return new WireError('malformed', `what it sent is not valid HTTP/1.1: ${what}`);
}

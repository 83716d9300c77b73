/** What the engine saw of a request. */
export interface Echo {
  method: string;
  url: string;
  /** Flat pairs as received. */
  rawHeaders: string[];
  /** Latin1. */
  body: string;
}

export interface HttpCase {
  name: string;
  /** Bytes of one connection, latin1; several pieces are sent in several writes. */
  send: string | readonly string[];
  /** Status of each response in order, interim ones included. Empty: closed without any. */
  status: readonly number[];
  /** Methods of the requests in `send`; default one POST. */
  methods?: readonly string[];
  /** The server must close the connection. */
  closes?: boolean;
  /** We close our side after sending. */
  ends?: boolean;
  /** Echoes that reached the engine; false: nothing must. */
  engine?: false | ((echoes: readonly Echo[]) => void);
  /** Last response's fields, lower case; null: absent. */
  headers?: Readonly<Record<string, string | null>>;
  /** Last response's body. */
  body?: string;
  /** Raw bytes the engine answers with; default is an echo. `null` closes at once. */
  answer?: string | null;
  /** The engine closes after `answer`. */
  engineCloses?: boolean;
  /** Needs the gateway with short time limits. */
  isShortTimed?: boolean;
  trailers?: readonly [string, string][];
}

const PATH = '/v1/chat/completions';

/** A POST with further header lines and a two-byte body. */
export function post(lines: readonly string[] = [], path = PATH): string {
  const all = [`POST ${path} HTTP/1.1`, 'host: gw', 'content-length: 2', ...lines];
  return `${all.join('\r\n')}\r\n\r\n{}`;
}

export function get(path = PATH, lines: readonly string[] = []): string {
  return `${[`GET ${path} HTTP/1.1`, 'host: gw', ...lines].join('\r\n')}\r\n\r\n`;
}

/** A POST whose head is given whole; `body` follows it. */
export function framed(lines: readonly string[], body: string): string {
  return `${[`POST ${PATH} HTTP/1.1`, 'host: gw', ...lines].join('\r\n')}\r\n\r\n${body}`;
}

/** All values of a field the engine saw. */
export function seen(echo: Echo, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < echo.rawHeaders.length; index += 2) {
    if (echo.rawHeaders[index]!.toLowerCase() === name) values.push(echo.rawHeaders[index + 1]!);
  }
  return values;
}

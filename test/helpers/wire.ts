import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { vi } from 'vitest';
import type { Reply } from '../../mocks/http/reply.ts';
import type { ServedRequest } from '../../mocks/http/request-reader.ts';
import type { ServedConnectionOptions } from '../../mocks/http/served-connection.ts';
import { WireServer } from '../../mocks/http/wire-server.ts';

const DEADLINE_MS = 15_000;

/** Waits until `check` no longer throws. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: DEADLINE_MS, interval: 5 });
}

/** A request and the reply to it, as a handler got them. */
export interface Served {
  request: ServedRequest;
  reply: Reply;
}

export interface TestWire {
  server: WireServer;
  port: number;
  url: string;
  /** Everything handed to the handler, in order. */
  served: Served[];
  /** The server's side of each connection, in order. */
  sockets: Socket[];
  [Symbol.asyncDispose]: () => Promise<void>;
}

/** A server on a free port; without `serve`, requests wait in `served` for the test to answer. */
export async function startWire(
  serve: (request: ServedRequest, reply: Reply) => void = () => {},
  options: Partial<ServedConnectionOptions> = {},
): Promise<TestWire> {
  const served: Served[] = [];
  const sockets: Socket[] = [];
  const server = new WireServer({
    headTimeoutMs: 10_000,
    bodyBytesMax: 1_000,
    ...options,
    serve: (request, reply) => {
      served.push({ request, reply });
      serve(request, reply);
    },
  });
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    served,
    sockets,
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A client that says what it is told, and tells what it hears. */
export class RawClient {
  readonly socket: Socket;
  /** Latin1. */
  heard = '';
  /** How the server ended the connection. */
  ending: 'fin' | 'rst' | undefined;

  /** @param isPatient keeps its side open when the server ends the connection */
  constructor(port: number, isPatient = false) {
    const options = { port, host: '127.0.0.1', noDelay: true, allowHalfOpen: isPatient };
    this.socket = connect(options);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text) => (this.heard += String(text)));
    this.socket.on('end', () => (this.ending = 'fin'));
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      // What is sent to somebody who has gone is no ending of its own.
      if (error.code === 'ECONNRESET') this.ending ??= 'rst';
    });
  }

  /** Sends bytes as they are. */
  say(...texts: string[]): void {
    for (const text of texts) this.socket.write(Buffer.from(text, 'latin1'));
  }

  hears(text: string | RegExp): Promise<void> {
    return eventually(() => {
      const isHeard = typeof text === 'string' ? this.heard.includes(text) : text.test(this.heard);
      if (!isHeard) throw new Error(`not heard: ${text}; so far: ${JSON.stringify(this.heard)}`);
    });
  }

  ends(how: 'fin' | 'rst'): Promise<void> {
    return eventually(() => {
      if (this.ending !== how) throw new Error(`ended by ${this.ending ?? 'nobody'}, not ${how}`);
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** The heads of all answers heard, without what changes from run to run. */
export function heads(heard: string): string[] {
  return [...heard.matchAll(/HTTP\/1\.1 [^]*?\r\n\r\n/g)].map(([head]) =>
    head.replace(/date: [^\r]*\r\n/, 'date: …\r\n'),
  );
}

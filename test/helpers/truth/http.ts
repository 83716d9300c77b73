import {
  type Agent,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as sendRequest,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RunningServer {
  url: string;
  close(): Promise<void>;
}

/** Serves on a free port of the loopback; what a handler throws is answered 500. */
export async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void (async () => handle(request, response))().catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  // Longer than any pause of a client: a socket closed under a request is no lie we tell by accident.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

export async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export interface Outgoing {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** A new connection without one. */
  agent?: Agent;
}

/** Sends a request and gives the answer as soon as its head is there. */
export function send(url: string, outgoing: Outgoing = {}): Promise<IncomingMessage> {
  const { method = outgoing.body === undefined ? 'GET' : 'POST', body, headers, agent } = outgoing;
  return new Promise((resolve, reject) => {
    const request = sendRequest(
      url,
      {
        method,
        headers: {
          ...headers,
          ...(body !== undefined && {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
          }),
        },
        agent: agent ?? false,
      },
      resolve,
    );
    request.on('error', reject);
    request.end(body);
  });
}

export function writeJson(
  response: ServerResponse,
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  });
  response.end(text);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** An answer as a client sees it; `no answer` when the connection ends without one. */
export interface Seen {
  status: number | 'no answer';
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

const CHAT = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello there' }] });
const TIMEOUT_MS = 15_000;

/** One request over a connection of its own, headers as given and no others but Node's Host and length. */
export function send(url: string, sent: Sent = {}): Promise<Seen> {
  const { method = 'POST', path = '/v1/chat/completions' } = sent;
  const body = sent.body ?? (method === 'POST' ? CHAT : '');
  const headers = { 'content-type': 'application/json', ...sent.headers };
  return new Promise((resolve) => {
    const silent = (): void => resolve({ status: 'no answer', headers: {}, body: '' });
    const options = { method, path, headers, agent: false as const, timeout: TIMEOUT_MS };
    const request = httpRequest(url, options, (response) => {
      const { statusCode, headers: answered } = response;
      const seen = (it: string): void =>
        resolve({ status: statusCode!, headers: answered, body: it });
      void text(response).then(seen, silent);
    });
    request.on('error', silent);
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.end(body);
  });
}

/** An engine that answers its n-th chat with the n-th status, the last one over and over. */
export interface ScriptedEngine extends AsyncDisposable {
  id: string;
  port: number;
  /** Headers of each request, in order. */
  seen: Readonly<Record<string, string | string[] | undefined>>[];
}

export async function startEngine(
  id: string,
  statuses: readonly number[],
  headers: Record<string, string | string[]> = {},
): Promise<ScriptedEngine> {
  const seen: ScriptedEngine['seen'] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    const status = statuses[Math.min(seen.length, statuses.length) - 1]!;
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ served_by: id }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return { id, port, seen, [Symbol.asyncDispose]: stop };
}

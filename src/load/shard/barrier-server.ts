import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseJson } from '../../base/json.ts';
import { type Barrier, readJoin } from './barrier.ts';
import { SHARDS_MAX } from '../../base/shard.ts';

const BODY_BYTES_MAX = 1_024;
/** Those of all shards, and strangers beside them. */
const CONNECTIONS_MAX = 2 * SHARDS_MAX;

export const JOIN_PATH = '/join';

/** POST `/join`, a `JoinCall` for a `JoinAnswer`, both JSON; 409 with what is refused. */
export function createBarrierServer(barrier: Barrier): Server {
  const server = createServer((request, response) => {
    if (request.url !== JOIN_PATH || request.method !== 'POST') {
      response.writeHead(404, { connection: 'close' }).end();
      return;
    }
    readBody(request, response, (text) => {
      const call = readJoin(parseJson(text));
      if (call === undefined) {
        response.writeHead(400, { connection: 'close' }).end();
        return;
      }
      const answer = barrier.join(call);
      const status = answer.state === 'refused' ? 409 : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return server;
}

function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  take: (text: string) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) response.writeHead(413, { connection: 'close' }).end();
    else chunks.push(chunk);
    if (bytes > BODY_BYTES_MAX) request.destroy();
  });
  request.on('end', () => take(Buffer.concat(chunks).toString('utf8')));
  request.on('error', () => {});
}

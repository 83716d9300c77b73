/**
 * The least a proxy can be, over the HTTP client to be measured: the gateway's own pool or undici's
 * leanest interface. Both collect the body, send it in one piece and answer in one piece. Prints its address.
 *   node bench/forwarder.mjs pool|undici PORT
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { systemClock } from '../dist/src/base/clock.js';
import { UpstreamPool } from '../dist/src/net/pool/upstream-pool.js';

const [client, port] = process.argv.slice(2);
const origin = `http://127.0.0.1:${port}`;
const CONNECTIONS_MAX = 200;

const senders = { pool: overPool, undici: overUndici };
const send = senders[client]();

/** Sends a request's parts; `answer` gets status, flat header pairs and body. */
function overPool() {
  const pool = new UpstreamPool(origin, {
    clock: systemClock,
    connectionsMax: CONNECTIONS_MAX,
    connectTimeoutMs: 5_000,
    resends: 'unseen',
  });
  return ({ method, path, headers, body }, answer) => {
    const pairs = [...headers, 'content-length', String(body.length)];
    const chunks = [];
    let head;
    pool.send(
      { method, path, headers: pairs, body },
      {
        onSent() {},
        onHead: (status, raw) => (head = [status, raw]),
        onChunk(chunk) {
          chunks.push(Buffer.from(chunk));
          return true;
        },
        onEnd: () => answer(...head, chunks),
        onError: fail,
      },
    );
  };
}

function overUndici() {
  const pool = new Pool(origin, { connections: CONNECTIONS_MAX, pipelining: 1 });
  return ({ method, path, headers, body }, answer) => {
    const chunks = [];
    let head;
    pool.dispatch(
      { method, path, headers, body },
      {
        onConnect() {},
        onHeaders(status, raw) {
          head = [status, raw.map((it) => it.latin1Slice())];
          return true;
        },
        onData(chunk) {
          chunks.push(chunk);
          return true;
        },
        onComplete: () => answer(...head, chunks),
        onError: fail,
      },
    );
  };
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

const server = createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const body = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    const headers = ['host', `127.0.0.1:${port}`, 'content-type', 'application/json'];
    send({ method: 'POST', path: request.url, headers, body }, (status, raw, chunks) => {
      response.writeHead(status, raw);
      response.end(Buffer.concat(chunks).latin1Slice(), 'latin1');
    });
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));

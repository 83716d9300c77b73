import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { listen } from '../../src/net/listen.ts';
import { OriginClient } from '../../src/net/origin-client.ts';

const servers: Server[] = [];
const clients: OriginClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((it) => it.close()));
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  return (await listen(server, { host: '127.0.0.1', port: 0 }, 'test server')).url;
}

function clientOf(baseUrl: string): OriginClient {
  const client = new OriginClient({
    what: 'the controller',
    baseUrl,
    clock: systemClock,
    connectionsMax: 1,
  });
  clients.push(client);
  return client;
}

it('asks under the base path, with the credentials of the URL, and takes any status', async () => {
  const url = await serve(({ url: path, headers }, response) =>
    response.writeHead(418).end(`${path} ${headers.authorization}`),
  );
  const client = clientOf(`${url.replace('http://', 'http://me:hush@')}/base/v1`);
  const { status, text } = await client.call({ method: 'GET', path: '/x', timeoutMs: 5_000 });
  const pair = Buffer.from('me:hush').toString('base64');
  expect([status, text]).toEqual([418, `/base/x Basic ${pair}`]);
  expect(client.baseUrl).toBe(`${url.replace('http://', 'http://***@')}/base`);
});

it('gives up at the deadline, also in the middle of a body, and frees the connection', async () => {
  let isStuck = true;
  const url = await serve((_request, response) =>
    isStuck ? response.write('half') : response.end('whole'),
  );
  const client = clientOf(url);
  const call = { method: 'GET', path: '/x', timeoutMs: 50 } as const;
  const late = { code: 'TIMEOUT', where: `${url}/x` };
  await expect(client.call(call)).rejects.toMatchObject(late);
  isStuck = false;
  expect(await client.call({ ...call, timeoutMs: 5_000 })).toEqual({ status: 200, text: 'whole' });
});

it('ends with the reason of the signal, before and while it asks', async () => {
  const url = await serve(() => {});
  const reason = new Error('stop');
  const call = { method: 'GET', path: '/x', timeoutMs: 5_000 } as const;
  const stop = new AbortController();
  const running = clientOf(url).call({ ...call, signal: stop.signal });
  stop.abort(reason);
  await expect(running).rejects.toBe(reason);
  await expect(clientOf(url).call({ ...call, signal: stop.signal })).rejects.toBe(reason);
});

it('says who cannot be reached, and refuses what is no address', async () => {
  const call = { method: 'POST', path: '/x', body: '{}', timeoutMs: 5_000 } as const;
  const gone = { code: 'UNREACHABLE', where: 'http://127.0.0.1:1/x' };
  await expect(clientOf('http://127.0.0.1:1').call(call)).rejects.toMatchObject(gone);
  expect(() => clientOf('ftp://a')).toThrow('The URL of the controller has the scheme ftp');
});

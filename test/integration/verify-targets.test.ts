import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { listen } from '../../src/net/listen.ts';
import type { VerifyResult } from '../../src/verify/result/result.ts';
import { engineTarget } from '../../src/target/targets.ts';
import { verifyRig } from '../helpers/verify-rig.ts';

let servers: Server[] = [];
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  return (await listen(server, { host: '127.0.0.1', port: 0 }, 'engine')).url;
}

/** A verification of two engines at one broken server; ends at the latest after its probe timeout. */
async function verifyAgainst(url: string): Promise<VerifyResult> {
  return verifyRig({
    engines: [engineTarget('engine-a', url), engineTarget('engine-b', url)],
    controllerUrl: url,
    gateway: { url, metricsUrl: null, mode: 'running', logPath: null },
  });
}

function answer(status: number, body: string): RequestListener {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  };
}

const MODELS = JSON.stringify({ object: 'list', data: [{ id: 'some-model' }] });

const CASES: readonly { name: string; url: () => Promise<string>; remedy: RegExp }[] = [
  {
    name: 'an unreachable address',
    url: async () => {
      const url = await serve(answer(200, ''));
      servers.pop()!.close();
      return url;
    },
    remedy: /host, port and scheme/,
  },
  {
    name: '401',
    url: () => serve(answer(401, '{"error":"Unauthorized"}')),
    remedy: /--api-key-env/,
  },
  {
    name: 'an unknown model',
    url: () =>
      serve((request, response) => {
        const isList = request.url === '/v1/models';
        const status = isList ? 200 : 404;
        const error = { error: { message: 'The model `some-model` does not exist.', code: 404 } };
        answer(status, isList ? MODELS : JSON.stringify(error))(request, response);
      }),
    remedy: /\/tokenize|--model/,
  },
  {
    name: 'HTML instead of JSON',
    url: () => serve(answer(200, '<html><body>Sign in</body></html>')),
    remedy: /login page/,
  },
  {
    name: 'plain HTTP behind an https URL',
    url: async () => (await serve(answer(200, MODELS))).replace('http:', 'https:'),
    remedy: /http:\/\//,
  },
  {
    name: 'a server that never answers',
    url: () => serve(() => {}),
    remedy: /not overloaded/,
  },
  {
    name: 'a server that stops in the middle of its answer',
    url: () =>
      serve((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"data":');
        response.destroy();
      }),
    remedy: /running/,
  },
];

describe('targets that cannot be used end the run with a remedy', () => {
  it.each(CASES)('$name', async ({ url, remedy }) => {
    const result = await verifyAgainst(await url());
    expect(result.outcome).toBe('error');
    expect(result.isPartial).toBe(true);
    const [check] = result.checks.filter((it) => it.outcome === 'error');
    expect(check!.remedy).toMatch(remedy);
    expect(result.arms).toEqual([]);
  });
});

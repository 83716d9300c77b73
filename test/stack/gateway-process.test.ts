import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { useRunningGateway } from '../../src/stack/gateway-process.ts';
import { ChildGroup } from '../../src/supervise/group.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function gateway(status: number, delayMs: number) {
  const bodies: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => bodies.push(JSON.parse(body)));
    setTimeout(() => response.writeHead(status).end('{}'), delayMs);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function setting() {
  const { signal } = new AbortController();
  const surroundings = {
    env: {},
    cwd: '.',
    nodePath: process.execPath,
    clock: systemClock,
    signal,
  };
  const group = new ChildGroup(process.execPath, systemClock, signal);
  return { group, workDir: '.', surroundings };
}

describe('a running gateway', () => {
  it.each([200, 400, 404, 429, 503])('is ready with whatever it answers: %i', async (status) => {
    const { url, bodies } = await gateway(status, 0);
    expect(await useRunningGateway(url, setting(), { model: 'tiny' })).toMatchObject({ url });
    expect(bodies).toEqual([{ model: 'tiny', messages: [], max_tokens: 1 }]);
  });

  it('is not given up because it is slow', async () => {
    const { url, bodies } = await gateway(200, 2_500);
    expect(await useRunningGateway(url, setting())).toMatchObject({ url });
    expect(bodies).toHaveLength(1);
  });
});

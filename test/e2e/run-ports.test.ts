import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { kvcache } from '../helpers/exec.ts';
import { startController } from '../helpers/stand-ins.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function takePort(port = 0): Promise<number> {
  const server = createServer((_request, response) => response.end('somebody else'));
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** A port with `count` free ones after it, as far as can be known. */
async function freeBase(count: number): Promise<number> {
  for (;;) {
    const base = await takePort();
    const rest = Array.from({ length: count }, (_, index) => takePort(base + 1 + index));
    const results = await Promise.allSettled(rest);
    for (const server of servers.splice(0)) server.close();
    if (base + count < 65_536 && results.every(({ status }) => status === 'fulfilled')) return base;
  }
}

it('places everything from --port-base on', async () => {
  const base = await freeBase(5);
  const result = await kvcache(['run', 'mock', '--port-base', String(base), '--json']);
  const { members } = JSON.parse(result.stdout) as {
    members: { url: string; metricsUrl: string }[];
  };
  expect(members.map(({ url }) => Number(new URL(url).port) - base)).toEqual([0, 1, 2, 3]);
  expect(Number(new URL(members[3]!.metricsUrl).port) - base).toBe(4);
  expect(result.code).toBe(0);
});

it.each([
  [0, 'mock controller'],
  [2, 'mock engine B'],
  [3, 'embedded gateway'],
  [4, "embedded gateway's metrics"],
])(
  'names a taken port, at offset %d that of the %s, before anything starts',
  async (offset, role) => {
    const base = await freeBase(5);
    await takePort(base + offset);
    const result = await kvcache(['run', 'mock', '--port-base', String(base), '--json']);
    expect(result.code).toBe(3);
    const { error } = JSON.parse(result.stdout) as { error: Record<string, unknown> };
    expect(error['code']).toBe('PORT_TAKEN');
    expect(error['message']).toBe(
      `The ${role} cannot listen on port ${base + offset}: another process has it.`,
    );
    expect(error['details']).toEqual(['GET /health there answers HTTP 200: somebody else']);
    expect(error['remedy']).toContain('--ports auto');
    expect(result.stderr).not.toMatch(/pid \d/);
  },
);

it('says how to use the server that has the port', async () => {
  const controller = await startController();
  const { port } = new URL(controller.url);
  const result = await kvcache(['run', 'mock'], { env: { LMCACHE_ADDR: `127.0.0.1:${port}` } });
  controller.close();
  expect(result.code).toBe(3);
  expect(result.stderr).toContain(`LMCACHE_ADMIN=http://127.0.0.1:${port}`);
});

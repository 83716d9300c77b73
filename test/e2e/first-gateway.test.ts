import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { readShippedConfig } from '../../src/config/shipped.ts';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { finished, kvcache, startKvcache } from '../helpers/exec.ts';

let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-first-'));
  children = [];
});
afterEach(async () => {
  const ends = children.map((child) => finished(child));
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(ends);
  rmSync(folder, { recursive: true, force: true });
});

interface Server {
  id: string;
  url: string;
}
type Ready = Server & { controller: Server; engines: Server[] };

async function start(...args: string[]): Promise<Ready> {
  const child = startKvcache(args, { cwd: folder });
  children.push(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return JSON.parse(line.toString()) as Ready;
}

/** Why the gateway sent a prompt of several hundred tokens where it did. */
async function reasonAt(url: string): Promise<string | null> {
  const content = Array.from({ length: 600 }, (_, at) => `word${at}`).join(' ');
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ max_tokens: 1, messages: [{ role: 'user', content }] }),
  });
  await answer.arrayBuffer();
  return answer.headers.get('x-kvcache-reason');
}

it.each([2, 3])('the starter routes by hit before %i engines of mock up', async (count) => {
  const mocks = await start('mock', 'up', '--port-base', '0', '--engines', String(count));
  const engines = mocks.engines.flatMap(({ url }) => ['--vllm', url]);
  const places = [...engines, '--lmcache', mocks.controller.url, '--listen-port', '0'];
  const written = await kvcache(['config', 'init', ...places], { cwd: folder });
  expect([written.code, written.stderr]).toEqual([
    0,
    'Wrote conf.yaml. Next: kvcache gateway start -c conf.yaml\n',
  ]);
  const gateway = await start('gateway', 'start', '--config', 'conf.yaml', '--json');
  const reasons: (string | null)[] = [];
  await pollUntil(
    async () => {
      reasons.push(await reasonAt(gateway.url));
      return reasons.at(-1) === 'hit' || undefined;
    },
    { clock: systemClock, deadlineMs: 10_000 },
  );
  expect([reasons[0], reasons.at(-1)]).toEqual(['no-holder', 'hit']);
});

it('the starter as it is names the ids, ports and model of mock up', async () => {
  const { config } = loadGatewayConfig(readShippedConfig('starter-mock.yaml'));
  const mocks = await start('mock', 'up', '--port-base', '0');
  const { endpoints } = config.clusters[0]!;
  expect(endpoints.map(({ id }) => id)).toEqual(mocks.engines.map(({ id }) => id));

  const { stdout: help } = await kvcache(['mock', 'up', '--help']);
  const places = endpoints.map(({ host, port }) => `${host}:${port}`);
  const { vllmEndpoint, lmcacheEndpoint, defaultModel } = kvcacheOf(config);
  for (const place of [...places, new URL(lmcacheEndpoint).host]) expect(help).toContain(place);
  expect(new URL(vllmEndpoint).host).toBe(places[0]);

  const models = (await (await fetch(`${mocks.engines[0]!.url}/v1/models`)).json()) as {
    data: { id: string }[];
  };
  expect(models.data.map(({ id }) => id)).toEqual([defaultModel]);
});

type Config = ReturnType<typeof loadGatewayConfig>['config'];

function kvcacheOf({ listeners }: Config): {
  vllmEndpoint: string;
  lmcacheEndpoint: string;
  defaultModel: string;
} {
  const filter = listeners[0]!.filters.find(({ name }) => name === 'dgp.filter.ai.kvcache')!;
  if (filter.name !== 'dgp.filter.ai.kvcache') throw new Error('no kvcache filter');
  return filter.config;
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { finished, kvcache, startKvcache } from '../helpers/exec.ts';
import { configText } from '../helpers/gateway.ts';
import { type Json, startTestFleet } from '../helpers/mock-fleet.ts';
import { freePort } from '../../src/stack/free-ports.ts';
import { npmPeer } from './npm.ts';

const client = await npmPeer('@redis/client', '5.12.1');
const hasServer = spawnSync('redis-server', ['--version']).status === 0;
const missing =
  client.missing ?? (hasServer ? undefined : 'redis-server is not on PATH (Debian: redis-server)');
if (missing !== undefined) console.warn(`skipped: ${missing}`);
const clientFolder = client.missing === undefined ? client.folder : '';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-shared-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function startStore(port: number): ChildProcess {
  const only = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn('redis-server', ['--port', String(port), ...only], { stdio: 'ignore' });
  ends.push(() => child.kill('SIGKILL'));
  return child;
}

interface Replica {
  url: string;
  metricsUrl: string;
}

async function startReplica(name: string, engines: readonly string[], store?: number) {
  const endpoints = engines.map((url, at) => ({ id: `e-${at}`, port: Number(new URL(url).port) }));
  const shared = store === undefined ? '' : `, shared_memory: {url: "redis://127.0.0.1:${store}"}`;
  const text = configText({
    endpoints,
    filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${engines[0]}"}}`,
    extension: `{routing: {policy: prefix}${shared}}`,
  });
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text);
  const child = startKvcache(['gateway', 'start', '-c', file, '--json'], { cwd: clientFolder });
  ends.push(() => child.kill('SIGKILL'));
  const ended = finished(child);
  const [line] = await Promise.race([
    once(child.stdout!, 'data') as Promise<[Buffer]>,
    ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  return JSON.parse(line.toString()) as Replica;
}

/** One address before all of them, that takes turns. */
async function startTurns(urls: readonly string[]): Promise<string> {
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url!, urls[turn++ % urls.length]);
    const { method, headers } = incoming;
    const onward = request(url, { method: method!, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startEngines(): Promise<readonly string[]> {
  const fleet = await startTestFleet({ engines: [{ count: 4, profile: { base: 'instant' } }] });
  ends.push(() => fleet.close());
  return fleet.urls.engines;
}

const isShared = async ({ metricsUrl }: Replica): Promise<boolean> =>
  /^kvcache_shared_memory_up 1$/m.test(await (await fetch(metricsUrl)).text());

const until = async (probe: () => Promise<boolean>): Promise<void> => {
  const found = async (): Promise<true | undefined> => (await probe()) || undefined;
  await pollUntil(found, { clock: systemClock, deadlineMs: 15_000 });
};

const CHAT = ['--workload', 'chat', '--turns', '6', '--sessions', '24', '--prompt-tokens', '128'];
const SHARED = ['--workload', 'shared-prefix', '--groups', '40', '--prompt-tokens', '384'];

/** Share of prompt tokens found cached, and how many requests failed. */
async function measure(url: string, workload: readonly string[]) {
  const size = ['--requests', '400', '--concurrency', '4', '--max-tokens', '1', '--warmup', '0'];
  const { stdout, stderr } = await kvcache(['load', '--url', url, ...workload, ...size, '--json']);
  const last = stdout.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(stderr.slice(-2_000));
  const { result }: Json = JSON.parse(last);
  return {
    hitRate: result.tokens.prefixHitRate as number,
    failed: result.requests - result.succeeded,
  };
}

describe.skipIf(missing !== undefined)('two gateways that share their memory', () => {
  it.each([
    ['multi-turn', CHAT],
    ['shared-prefix', SHARED],
  ])(
    'behind one that takes turns find 95 %% of what one gateway finds: %s',
    async (_, workload) => {
      const port = await freePort();
      startStore(port);
      const alone = await startReplica('alone', await startEngines());
      const engines = await startEngines();
      const both = [
        await startReplica('one', engines, port),
        await startReplica('two', engines, port),
      ];
      await until(async () => (await Promise.all(both.map(isShared))).every(Boolean));
      const single = await measure(alone.url, workload);
      const shared = await measure(await startTurns(both.map(({ url }) => url)), workload);
      console.log(workload[1], single, shared);
      expect(shared.failed).toBe(0);
      expect(shared.hitRate / single.hitRate).toBeGreaterThanOrEqual(0.95);
    },
  );

  it('lose no request with the store, and share again when it is back', async () => {
    const port = await freePort();
    const store = startStore(port);
    const engines = await startEngines();
    const both = [
      await startReplica('one', engines, port),
      await startReplica('two', engines, port),
    ];
    await until(async () => (await Promise.all(both.map(isShared))).every(Boolean));
    const url = await startTurns(both.map((it) => it.url));
    const running = measure(url, CHAT);
    store.kill('SIGKILL');
    expect((await running).failed).toBe(0);
    await until(async () => !(await isShared(both[0]!)) && !(await isShared(both[1]!)));
    startStore(port);
    await until(async () => (await Promise.all(both.map(isShared))).every(Boolean));
    expect((await measure(url, SHARED)).failed).toBe(0);
  });
});

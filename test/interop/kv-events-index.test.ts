import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { VLLM_VERSIONS } from '../../mocks/engine/wire/vllm-version.ts';
import { ROOT } from '../helpers/exec.ts';
import { type Json, send } from '../helpers/mock-fleet.ts';
import { startMockProcess } from './mock-process.ts';
import { npmPeer } from './npm.ts';

const zeromq = await npmPeer('zeromq', '6.8.0');
if (zeromq.missing !== undefined) console.warn(`skipped: ${zeromq.missing}`);
const zeromqFolder = zeromq.missing === undefined ? zeromq.folder : '';

const fleets = mkdtempSync(join(tmpdir(), 'kvcache-kv-index-'));
afterAll(() => rmSync(fleets, { recursive: true }));
const children: ChildProcess[] = [];
const started: { close(): void }[] = [];
afterEach(() => {
  for (const reader of started.splice(0)) reader.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const ANY = 'tcp://127.0.0.1:0';
const TIERS = { GPU: 'GPU', CPU: 'LocalCPUBackend' } as const;
const within = { timeout: 30_000 };

/** A small engine that publishes so, at a port of its own or at the given one. */
async function startEngine(vllm: string, zmq = ANY, replay: string | undefined = ANY) {
  const file = join(fleets, `${vllm}-${started.length}.yaml`);
  const profile = { base: 'instant', blocks: 64, tier: { chunks: 4 } };
  const engine = { vllm, profile, kvEventsZmq: zmq, ...(replay && { kvEventsReplay: replay }) };
  writeFileSync(file, JSON.stringify({ engines: [engine] }));
  const args = ['engine', '--addr', '127.0.0.1:0', '--fleet', file];
  const { child, ready, lines } = await startMockProcess(args, zeromqFolder);
  children.push(child);
  started.push(lines);
  return { child, url: ready.url as string, events: ready.kvEvents };
}

/** What an index of our own believes that follows the engine. */
function follow(url: string, replay: string | null): () => Promise<Json> {
  const script = join(ROOT, 'test/interop/peers/kv-event-index.mjs');
  const child = spawn(process.execPath, [script, join(ROOT, 'dist'), url, replay ?? ''], {
    cwd: zeromqFolder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const reader = createInterface({ input: child.stdout });
  started.push(reader);
  const lines = reader[Symbol.asyncIterator]();
  return async () => {
    child.stdin.write('\n');
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the index ended');
    return JSON.parse(value);
  };
}

async function complete(url: string, ...tokens: number[]): Promise<void> {
  const prompt = tokens.flatMap((token) => Array<number>(100).fill(token));
  const { status, text } = await send(`${url}/v1/completions`, { prompt, max_tokens: 3 });
  if (status !== 200) throw new Error(text);
}

/** Fills both tiers over their brims, empties each once, and fills them again. */
async function work(url: string): Promise<void> {
  for (let token = 1; token < 10; token++) await complete(url, 0, token, token + 1, token + 2);
  await send(`${url}/reset_prefix_cache`, {});
  for (let token = 1; token < 5; token++) await complete(url, token, 0, 0);
  await send(`${url}/__mock/operations`, { operation: 'clear', location: TIERS.CPU });
  for (let token = 1; token < 4; token++) await complete(url, 0, token, token + 1);
}

async function resident(url: string, location: string): Promise<string[]> {
  const { json } = await send(`${url}/__mock/cache?location=${location}`);
  return json.blocks.map(({ hash }: Json) => hash as string).toSorted();
}

/** At rest. */
async function expectEqual(ask: () => Promise<Json>, url: string, vllm: string): Promise<void> {
  const tiers = /^0\.(9|10)\./.test(vllm) ? (['GPU'] as const) : (['GPU', 'CPU'] as const);
  for (const tier of tiers) {
    const held = await resident(url, TIERS[tier]);
    expect(held.length).toBeGreaterThan(0);
    const told = async (): Promise<string[]> => (await ask()).held[tier].toSorted();
    await expect.poll(told, within).toEqual(held);
  }
}

const isHeard = async (ask: () => Promise<Json>): Promise<boolean> => (await ask()).isHeard;

describe.skipIf(zeromq.missing !== undefined)(
  "the gateway's index of KV events over ZeroMQ",
  () => {
    it.each(VLLM_VERSIONS)('equals what vLLM %s holds', async (vllm) => {
      const { url, events } = await startEngine(vllm);
      await complete(url, 3);
      const ask = follow(events.zmq, events.replay);
      await work(url);
      await expectEqual(ask, url, vllm);
      expect((await ask()).lines).toEqual([]);
    });

    it.each([
      ['dropped', { drop: 0.3 }],
      ['doubled and swapped', { dup: 0.3, reorder: 0.3 }],
      ['dropped, every one', { drop: 1 }],
    ])('also with batches %s', async (_what, faults) => {
      const { url, events } = await startEngine('0.32.0');
      const ask = follow(events.zmq, events.replay);
      await expect.poll(() => isHeard(ask), within).toBe(true);
      const rules = [{ do: { kvEvents: faults } }];
      await send(`${url}/__mock/faults`, { rules }, { method: 'PUT' });
      await work(url);
      await expectEqual(ask, url, '0.32.0');
      expect((await ask()).lines).toEqual([]);
    });

    it('forgets what it knew when batches are lost for good, and says so', async () => {
      const { url, events } = await startEngine('0.32.0', ANY, '');
      const ask = follow(events.zmq, events.replay);
      await expect.poll(() => isHeard(ask), within).toBe(true);
      await expect
        .poll(async () => {
          await complete(url, 1);
          await send(`${url}/reset_prefix_cache`, {});
          await complete(url, 1);
          return (await ask()).held.GPU.length;
        }, within)
        .toBeGreaterThan(0);
      const rules = [{ do: { kvEvents: { drop: 1 } }, times: 1 }];
      await send(`${url}/__mock/faults`, { rules }, { method: 'PUT' });
      await complete(url, 2);
      await complete(url, 3);
      const lost =
        'KV events of engine: batches are lost for good; what it held before is forgotten';
      await expect.poll(async () => (await ask()).lines, within).toContain(lost);
    });

    it('begins anew when the engine restarts', async () => {
      const first = await startEngine('0.32.0');
      const { zmq, replay } = first.events;
      const ask = follow(zmq, replay);
      await work(first.url);
      await expectEqual(ask, first.url, '0.32.0');
      first.child.kill('SIGKILL');
      await expect.poll(() => isHeard(ask), within).toBe(false);
      const second = await startEngine('0.32.0', zmq, replay);
      await complete(second.url, 8, 8, 8);
      await expectEqual(ask, second.url, '0.32.0');
      await expect.poll(() => isHeard(ask), within).toBe(true);
    });
  },
);

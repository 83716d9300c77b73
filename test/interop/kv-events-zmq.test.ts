import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { type Json, send } from '../helpers/mock-fleet.ts';
import { MAIN, startMockProcess } from './mock-process.ts';
import { npmPeer } from './npm.ts';
import { pythonPeer } from './python.ts';

const zeromq = await npmPeer('zeromq', '6.8.0');
const consumer = await pythonPeer({ name: 'kv-events', packages: ['pyzmq', 'msgspec'] });
const missing = zeromq.missing ?? consumer.missing;
if (missing !== undefined) console.warn(`skipped: ${missing}`);

const SCRIPT = join(import.meta.dirname, 'peers/vllm_kv_events.py');
const ANY = 'tcp://127.0.0.1:0';
const PUBLISH = ['--kv-events-zmq', ANY];
const PUBLISH_AND_REPLAY = [...PUBLISH, '--kv-events-replay', ANY];

const zeromqFolder = zeromq.missing === undefined ? zeromq.folder : '';
const fleets = mkdtempSync(join(tmpdir(), 'kvcache-kv-events-'));
afterAll(() => rmSync(fleets, { recursive: true }));

const children: ChildProcess[] = [];
const readers: Interface[] = [];
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** The lines of a child's output, as JSON. */
function answersOf(child: ChildProcess): () => Promise<Json> {
  const reader = createInterface({ input: child.stdout! });
  readers.push(reader);
  const lines = reader[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the process ended without an answer');
    return JSON.parse(value);
  };
}

interface Engine {
  child: ChildProcess;
  ready: Json;
  url: string;
}

/** A mock process that finds zeromq where it was started. */
async function startMain(...args: string[]): Promise<Engine> {
  const { child, ready, lines } = await startMockProcess(args, zeromqFolder);
  children.push(child);
  readers.push(lines);
  return { child, ready, url: ready.url };
}

const startEngine = (...flags: string[]): Promise<Engine> =>
  startMain('engine', '--addr', '127.0.0.1:0', ...flags);

/** A fleet file whose engine speaks as that version and soon has to evict. */
function smallFleet(vllm: string): string {
  const file = join(fleets, `${vllm}.yaml`);
  const profile = { base: 'instant', blocks: 64, tier: { chunks: 4 } };
  const [kvEventsZmq, kvEventsReplay] = [ANY, ANY];
  writeFileSync(
    file,
    JSON.stringify({ engines: [{ vllm, profile, kvEventsZmq, kvEventsReplay }] }),
  );
  return file;
}

interface Follower {
  /** One command, one answer. */
  tell(command: object): Promise<Json>;
}

/** The Python consumer, after the first batch that it received live. */
async function follow({ url, ready }: Engine, version: string): Promise<Follower> {
  const python = consumer.missing === undefined ? consumer.python : '';
  const { zmq, replay } = ready.kvEvents;
  const child = spawn(python, [SCRIPT, 'follow', version, zmq, replay ?? ''], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const answer = answersOf(child);
  const tell = (command: object): Promise<Json> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    return answer();
  };
  // A subscription takes effect some time after it was made, and nothing tells when.
  let knocks = 0;
  const isHeard = await pollUntil(
    async () => {
      await chat(url, `knock ${knocks++} `.repeat(20));
      return (await tell({ seen: null })).length > 0 ? true : undefined;
    },
    { clock: systemClock, deadlineMs: 10_000 },
  );
  if (!isHeard) throw new Error('the consumer receives nothing');
  return { tell };
}

async function chat(url: string, content: unknown): Promise<void> {
  const body = { prompt: content, max_tokens: 3 };
  const { status, text } = await send(`${url}/v1/completions`, body);
  if (status !== 200) throw new Error(text);
}

const published = async (url: string): Promise<number> =>
  (await send(`${url}/__mock/state`)).json.kvEvents.published;

const resident = async (url: string, location: string): Promise<string[]> => {
  const { json } = await send(`${url}/__mock/cache?location=${location}`);
  return json.blocks.map(({ hash }: { hash: string }) => hash).sort();
};

/** A prompt of one token again and again; another token makes every block another one. */
const prompt = (token: number, count: number): number[] => Array<number>(count).fill(token);

/** Fills both stores over their brims, empties each once, and fills them again. */
async function work(url: string): Promise<void> {
  for (let token = 1; token < 10; token++) {
    await chat(url, [...prompt(1_000, 64), ...prompt(token, 300)]);
  }
  await send(`${url}/reset_prefix_cache`, {});
  for (let token = 10; token < 14; token++) await chat(url, prompt(token, 600));
  await send(`${url}/__mock/operations`, { operation: 'clear', location: 'LocalCPUBackend' });
  for (let token = 14; token < 17; token++) await chat(url, prompt(token, 600));
}

const range = (from: number, end: number): number[] =>
  Array.from({ length: end - from }, (_, index) => from + index);

describe.skipIf(missing !== undefined)('KV events over ZeroMQ', () => {
  it.each([
    { version: '0.32.0', media: { GPU: 'GPU', CPU: 'LocalCPUBackend' } },
    { version: '0.25.1', media: { GPU: 'GPU', CPU: 'LocalCPUBackend' } },
    { version: '0.21.0', media: { GPU: 'GPU', CPU: 'LocalCPUBackend' } },
    { version: '0.10.2', media: { GPU: 'GPU' } },
    { version: '0.9.2', media: { GPU: 'GPU' } },
  ])('tell a consumer of vLLM $version all that is resident', async ({ version, media }) => {
    const engine = await startEngine('--fleet', smallFleet(version));
    const { url } = engine;
    const follower = await follow(engine, version);
    await work(url);
    const count = await published(url);
    const { live, ...received } = await follower.tell({ until: count });
    expect(received).toEqual({ topics: [''], isExact: true, ranks: [0] });
    expect(live).toEqual(range(live[0], count));
    expect(await follower.tell({ replay: 0 })).toEqual({ seqs: range(0, count), end: -1 });
    const { held, kinds, isExact } = await follower.tell({ resident: null });
    expect(isExact).toBe(true);
    expect(kinds).toEqual(['AllBlocksCleared', 'BlockRemoved', 'BlockStored']);
    expect(Object.keys(held).sort()).toEqual(Object.keys(media).sort());
    for (const [medium, location] of Object.entries(media)) {
      expect(held[medium].length).toBeGreaterThan(0);
      expect(held[medium]).toEqual(await resident(url, location));
    }
  });

  it('are found missing by their numbers and asked for again', async () => {
    const engine = await startEngine(...PUBLISH_AND_REPLAY);
    const { url } = engine;
    const follower = await follow(engine, '0.32.0');
    const before = await published(url);
    await follower.tell({ until: before });
    const rules = [{ do: { kvEvents: { drop: 1 } } }];
    await send(`${url}/__mock/faults`, { rules }, { method: 'PUT' });
    await chat(url, prompt(1, 100));
    const after = await published(url);
    expect(after).toBeGreaterThan(before);
    await send(`${url}/__mock/faults`, undefined, { method: 'DELETE' });
    await chat(url, prompt(2, 100));
    const count = await published(url);
    const { live } = await follower.tell({ until: count });
    expect(live.filter((seq: number) => seq >= before)).toEqual(range(after, count));
    expect(await follower.tell({ replay: before })).toEqual({
      seqs: range(before, count),
      end: -1,
    });
    // What it had missed before it joined.
    await follower.tell({ replay: 0 });
    expect((await follower.tell({ resident: null })).held.GPU).toEqual(await resident(url, 'GPU'));
  });

  it('carry the topic of their engine', async () => {
    const topic = ['--kv-events-topic', 'kv@{id}@{model}', '--model', 'org/$&-model'];
    const engine = await startEngine(...PUBLISH, ...topic, '--id', 'pod-1');
    const follower = await follow(engine, '0.32.0');
    const received = await follower.tell({ until: await published(engine.url) });
    expect(received).toMatchObject({ topics: ['kv@pod-1@org/$&-model'], isExact: true });
  });

  it('are replayed from where the client says, to REQ sockets too', async () => {
    const engine = await startEngine(...PUBLISH_AND_REPLAY);
    const follower = await follow(engine, '0.32.0');
    const count = await published(engine.url);
    const { zmq, replay } = engine.ready.kvEvents;
    expect((await send(`${engine.url}/kv_event_sources`)).json).toMatchObject({
      0: { publisher: 'zmq', endpoint: zmq, replay_endpoint: replay, topic: '' },
    });
    expect(await follower.tell({ replay: count })).toEqual({ seqs: [], end: -1 });
    expect(await follower.tell({ replay: 2 ** 63 })).toEqual({ seqs: [], end: -1 });
    expect(await follower.tell({ ask: count - 1 })).toMatchObject({ seq: count - 1 });
    expect(await follower.tell({ ask: count })).toEqual({ seq: -1, bytes: 0 });
    const end = ['', '', 'ffffffffffffffff', ''];
    expect(await follower.tell({ babble: null })).toEqual({ answer: end, isSilent: true });
    expect((await follower.tell({ replay: 0 })).seqs).toEqual(range(0, count));
  });

  it('are replayed as far back as vLLM keeps them', async () => {
    const engine = await startEngine(...PUBLISH_AND_REPLAY);
    const { url } = engine;
    const follower = await follow(engine, '0.32.0');
    for (let first = 0; (await published(url)) < 10_050; first += 100) {
      // One block each, none like another.
      const prompts = range(first, first + 100).map((token) => prompt(token, 17));
      await chat(url, prompts);
    }
    const count = await published(url);
    const { seqs, end } = await follower.tell({ replay: 0 });
    expect({ end, first: seqs[0], length: seqs.length }).toEqual({
      end: -1,
      first: count - 10_000,
      length: 10_000,
    });
    expect(await follower.tell({ until: count })).toMatchObject({ isExact: true });
  });

  it('have free ports of their own in each engine of a fleet, and none is left open', async () => {
    const engine = await startMain('up', '--port-base', '0', ...PUBLISH_AND_REPLAY);
    const { ready, child } = engine;
    const addresses = ready.engines.flatMap(({ kvEvents }: Json) => [
      kvEvents.zmq,
      kvEvents.replay,
    ]);
    expect(new Set(addresses).size).toBe(4);
    for (const address of addresses) expect(address).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
    const { json } = await send(`${ready.engines[0].url}/__mock/state`);
    expect(json.kvEvents).toMatchObject(ready.engines[0].kvEvents);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    for (const address of addresses) expect(await isFree(address)).toBe(true);
  });

  it('say when another process has their port', async () => {
    const { ready } = await startEngine(...PUBLISH);
    expect(ready.kvEvents.replay).toBeNull();
    const second = spawn(
      process.execPath,
      [MAIN, 'engine', '--addr', '127.0.0.1:0', '--kv-events-zmq', ready.kvEvents.zmq],
      { cwd: zeromqFolder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    children.push(second);
    let stderr = '';
    second.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    expect(await once(second, 'close')).toEqual([3, null]);
    expect(stderr).toContain('KV event socket of mock engine engine-a cannot listen on port');
    expect(stderr).toContain('[PORT_TAKEN]');
  });
});

/** Whether the port of `tcp://host:port` can be bound. */
async function isFree(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address.replace('tcp:', 'http:'));
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(Number(port), hostname, () => server.close(() => resolve(true)));
  });
}

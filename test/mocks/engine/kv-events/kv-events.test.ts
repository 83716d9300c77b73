import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { pollUntil } from '../../../../src/base/poll.ts';
import { SseParser } from '../../../../src/protocol/sse.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../../helpers/mock-fleet.ts';

let fleet: TestFleet;
afterEach(() => fleet.close());

const within = { clock: systemClock, deadlineMs: 10_000 };
const TIER = 'LocalCPUBackend';
/** What vLLM's events call it. */
const MEDIA: Readonly<Record<string, string>> = { GPU: 'GPU', [TIER]: 'CPU' };

async function start(profile: object = {}): Promise<string> {
  fleet = await startTestFleet({ engines: [{ id: 'engine-a', kvEvents: true, profile }] });
  return fleet.urls.engines[0]!;
}

const chat = (url: string, words: string): Promise<Json> =>
  send(`${url}/v1/chat/completions`, {
    messages: [{ role: 'user', content: words }],
    max_tokens: 2,
  });

const many = (word: string, count: number): string => `${word} `.repeat(count);

/** Subscribes from after `lastEventId`; `seen` grows as events arrive. */
async function subscribe(
  url: string,
  lastEventId: number,
): Promise<{ seen: Json[]; stop: () => void }> {
  const abort = new AbortController();
  const answer = await fetch(`${url}/__mock/events`, {
    signal: abort.signal,
    headers: { 'last-event-id': String(lastEventId) },
  });
  const seen: Json[] = [];
  const read = async (): Promise<void> => {
    const parser = new SseParser();
    for await (const piece of answer.body!) {
      for (const event of parser.push(piece)) {
        seen.push({ id: event.lastEventId, type: event.type, ...JSON.parse(event.data) });
      }
    }
  };
  void read().catch(() => undefined);
  return { seen, stop: () => abort.abort() };
}

/** What a reader of the events believes is resident, by medium. */
function replayed(batches: readonly Json[]): Map<string, Set<string>> {
  const resident = new Map(Object.values(MEDIA).map((medium) => [medium, new Set<string>()]));
  for (const event of batches.flatMap(({ events }) => events as Json[])) {
    const blocks = resident.get(event.medium ?? 'GPU')!;
    if (event.type === 'AllBlocksCleared') blocks.clear();
    else if (event.type === 'BlockStored') for (const hash of event.block_hashes) blocks.add(hash);
    else for (const hash of event.block_hashes) expect(blocks.delete(hash)).toBe(true);
  }
  return resident;
}

const sorted = (hashes: Iterable<string>): string[] => [...hashes].toSorted();

async function resident(url: string, location: string): Promise<string[]> {
  const { json } = await send(`${url}/__mock/cache?location=${location}`);
  return sorted(json.blocks.map(({ hash }: Json) => hash as string));
}

describe('KV events', () => {
  it('replayed from the start they tell exactly what is resident, whatever happened', async () => {
    const url = await start({ blocks: 64, tier: { chunks: 4 } });
    const order = (operation: string, location: string, tokens: number[] = []): Promise<Json> =>
      send(`${url}/__mock/operations`, { operation, location, tokens });
    const agree = async (): Promise<void> => {
      const { json: state } = await send(`${url}/__mock/state`);
      for (const totals of [state.device, state.tier]) {
        expect(totals.stored - totals.removed).toBe(totals.resident);
      }
      for (const location of ['GPU', TIER]) {
        const blocks = await resident(url, location);
        const told = async (): Promise<true | undefined> => {
          const { seen, stop } = await subscribe(url, -1);
          const caughtUp = async (): Promise<true | undefined> =>
            sorted(replayed(seen).get(MEDIA[location]!)!).join() === blocks.join() || undefined;
          const isSame = await pollUntil(caughtUp, { ...within, deadlineMs: 1_000 });
          stop();
          return isSame;
        };
        expect(await told(), `events of ${location}`).toBe(true);
      }
    };
    for (const word of ['tree', 'bush', 'moss', 'tree']) await chat(url, many(word, 400));
    await agree();
    const { json: snapshot } = await send(`${url}/__mock/snapshot`);
    const { tokens } = (await send(`${url}/tokenize`, { prompt: many('tree', 400) })).json;
    await order('store', TIER, tokens);
    await order('compress', TIER, tokens);
    await order('evict', 'GPU', tokens);
    await agree();
    await order('clear', TIER);
    expect(await resident(url, 'GPU')).not.toEqual([]);
    await agree();
    await send(`${url}/__mock/snapshot`, snapshot, { method: 'PUT' });
    await agree();
    await send(`${url}/reset_prefix_cache`, {});
    await agree();
    await chat(url, many('fern', 400));
    await send(`${url}/__mock/reset`, { scope: 'cache' });
    await agree();
  });

  it('tell of a gap when what is asked for is no longer kept', async () => {
    const url = await start({ blocks: 64, tier: null });
    const { tokens } = (await send(`${url}/tokenize`, { prompt: many('tree', 20) })).json;
    const engine = fleet.engines[0]!.core;
    for (let round = 0; round < 5_100; round++) {
      engine.operations.store('GPU', tokens);
      engine.operations.evict('GPU', tokens);
    }
    const { seen, stop } = await subscribe(url, 0);
    expect(await pollUntil(async () => seen.length >= 10_001 || undefined, within)).toBe(true);
    stop();
    expect(seen[0]).toMatchObject({ type: 'gap', from: 1, to: 199 });
    expect([seen[1].id, seen.at(-1).id]).toEqual(['200', '10199']);
  });

  it('let go of a reader that does not read', async () => {
    const url = await start({ blocks: 4_096, tier: null });
    const { tokens } = (await send(`${url}/tokenize`, { prompt: many('tree', 20_000) })).json;
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write('GET /__mock/events HTTP/1.1\r\nHost: mock\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', resolve));
    const engine = fleet.engines[0]!.core;
    for (let round = 0; round < 100; round++) {
      engine.operations.store('GPU', tokens);
      engine.operations.evict('GPU', tokens);
    }
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(16 * 1024 * 1024);
  });

  it('refuse a Last-Event-ID that is none', async () => {
    const url = await start();
    const answer = await send(`${url}/__mock/events`, undefined, {
      headers: { 'last-event-id': 'first' },
    });
    expect([answer.status, answer.json.code]).toEqual([400, 'BAD_REQUEST']);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createRandom, hash32 } from '../../src/base/random.ts';
import { EventIndex } from '../../src/gateway/events/event-index.ts';
import { MetricRegistry } from '../../src/protocol/metric-registry.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';

let fleet: TestFleet;
let index: EventIndex;
afterEach(async () => {
  index.close();
  await fleet.close();
});

const IDS = ['engine-a', 'engine-b'];
const TIERS = { GPU: 'GPU', CPU: 'LocalCPUBackend' } as const;
const lines: string[] = [];

/** Two small engines that soon have to evict, and an index that follows their events. */
async function start(vllm: string, faults?: object): Promise<void> {
  const profile = { base: 'instant', blocks: 64, tier: { chunks: 4 } };
  fleet = await startTestFleet({ engines: [{ count: 2, vllm, kvEvents: true, profile }] });
  for (const url of fleet.urls.engines) {
    // Something that happened before anybody listened.
    await complete(url, [7]);
    if (faults) {
      const rules = [{ do: { kvEvents: faults } }];
      await send(`${url}/__mock/faults`, { rules }, { method: 'PUT' });
    }
  }
  lines.length = 0;
  index = new EventIndex(
    IDS.map((endpointId, at) => ({
      endpointId,
      url: `${fleet.urls.engines[at]}/__mock/events`,
      replay: '',
      topic: '',
    })),
    {
      clock: systemClock,
      registry: new MetricRegistry(),
      log: (_level, message) => void lines.push(message),
    },
  );
}

/** A prompt that begins as many do, and ends as few. */
async function complete(url: string, beginning: readonly number[]): Promise<void> {
  const random = createRandom(hash32(beginning.join(' ')));
  const prompt = [
    ...beginning.flatMap((token) => Array<number>(64).fill(token)),
    ...Array.from({ length: 20 + random.int(200) }, () => random.int(3)),
  ];
  const { status, text } = await send(`${url}/v1/completions`, { prompt, max_tokens: 3 });
  if (status !== 200) throw new Error(text);
}

/** Fills both tiers over their brims, empties each once, and fills them again. */
async function work(url: string): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await complete(url, [turn % 3, turn % 2]);
  await send(`${url}/reset_prefix_cache`, {});
  for (let turn = 0; turn < 4; turn++) await complete(url, [turn % 3]);
  await send(`${url}/__mock/operations`, { operation: 'clear', location: TIERS.CPU });
  for (let turn = 0; turn < 6; turn++) await complete(url, [turn % 2, 5, 6, turn % 3]);
}

async function resident(url: string, location: string): Promise<string[]> {
  const { json } = await send(`${url}/__mock/cache?location=${location}`);
  return json.blocks.map(({ hash }: Json) => hash as string).toSorted();
}

const told = (id: string, tier: string): string[] =>
  index.engine(id)!.blocks.hashes(tier).toSorted();

/** At rest: the engines do nothing, so that the index only has to catch up. */
async function expectEqual(tiers: readonly (keyof typeof TIERS)[]): Promise<void> {
  for (const [at, id] of IDS.entries()) {
    for (const tier of tiers) {
      const held = await resident(fleet.urls.engines[at]!, TIERS[tier]);
      expect(held.length).toBeGreaterThan(0);
      await expect.poll(() => told(id, tier), { timeout: 30_000 }).toEqual(held);
    }
  }
}

const tiersOf = (vllm: string): (keyof typeof TIERS)[] =>
  /^0\.(9|10)\./.test(vllm) ? ['GPU'] : ['GPU', 'CPU'];

const VERSIONS = ['0.32.0', '0.25.1', '0.21.0', '0.10.2', '0.9.2'];

describe('an index of KV events equals what the engines hold', () => {
  it.each(VERSIONS)('vLLM %s', async (vllm) => {
    await start(vllm);
    await Promise.all(fleet.urls.engines.map(work));
    await expectEqual(tiersOf(vllm));
    expect(lines).toEqual([]);
  });

  it.each([
    ['dropped', { drop: 0.3 }],
    ['doubled', { dup: 0.5 }],
    ['swapped', { reorder: 0.5 }],
    ['all of it', { drop: 0.2, dup: 0.2, reorder: 0.2 }],
    ['dropped, every one', { drop: 1 }],
  ])('with batches %s', async (_what, faults) => {
    await start('0.32.0', faults);
    await Promise.all(fleet.urls.engines.map(work));
    await expectEqual(['GPU', 'CPU']);
    // All could be had again: nothing was given up.
    expect(lines).toEqual([]);
  });
});

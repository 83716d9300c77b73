import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

let fleet: TestFleet;
afterEach(() => fleet.close());

const TIER = 'LocalCPUBackend';

const chat = (url: string, word: string): Promise<Json> =>
  send(`${url}/v1/chat/completions`, {
    messages: [{ role: 'user', content: `${word} `.repeat(700) }],
    max_tokens: 1,
  });

/** What the controller believes of each engine, and what each engine's second tier has. */
async function bothSides(): Promise<{ told: number[]; held: number[] }> {
  const { json } = await send(`${fleet.urls.controller}/controller/key-stats`);
  const states = await Promise.all(fleet.urls.engines.map((url) => send(`${url}/__mock/state`)));
  return {
    told: json.instances.map(({ key_count: count }: Json) => count),
    held: states.map(({ json: state }) => state.tier.resident),
  };
}

describe('the controller', () => {
  it('counts the keys the engines have, after lag, pins, moves, clears, crashes and restores', async () => {
    const clock = new VirtualClock();
    const engines = ['engine-a', 'engine-b'].map((id) => ({
      id,
      profile: { tier: { chunks: 6 } },
    }));
    fleet = await startTestFleet({ controller: { lagMs: 500 }, engines }, clock);
    const { controller, engines: urls } = fleet.urls;
    const [a, b] = [urls[0]!, urls[1]!];
    const agree = async (): Promise<void> => {
      await send(`${controller}/__mock/clock/advance`, { ms: 500 });
      const { told, held } = await bothSides();
      expect(told).toEqual(held);
    };
    const at = (engine: string): Json => ({ instance_id: engine, location: TIER });
    const { tokens } = (await send(`${a}/tokenize`, { prompt: 'tree '.repeat(700) })).json;
    for (const word of ['tree', 'bush', 'moss']) await chat(a, word);
    await chat(b, 'fern');
    const early = await bothSides();
    expect(early.told).toEqual([0, 0]);
    expect(early.held[0]).toBeGreaterThan(0);
    await agree();
    const { json: snapshot } = await send(`${a}/__mock/snapshot`);
    await send(`${a}/__mock/operations`, { operation: 'store', location: TIER, tokens });
    await send(`${controller}/pin`, { ...at('engine-a'), tokens });
    await send(`${controller}/clear`, at('engine-a'));
    await agree();
    expect((await bothSides()).held[0]).toBeGreaterThan(0);
    const move = { old_position: ['engine-a', TIER], new_position: ['engine-b', TIER], tokens };
    await send(`${controller}/move`, { ...move, copy: true });
    await agree();
    await send(`${a}/version`, undefined, { headers: { 'x-mock-fault': 'crash:downMs=10' } }).catch(
      () => undefined,
    );
    await agree();
    expect((await bothSides()).held[0]).toBe(0);
    await send(`${a}/__mock/snapshot`, snapshot, { method: 'PUT' });
    await agree();
    expect((await bothSides()).held[0]).toBeGreaterThan(0);
  });

  it('learns nothing late of what was reset', async () => {
    const clock = new VirtualClock();
    fleet = await startTestFleet({ controller: { lagMs: 500 } }, clock);
    await chat(fleet.urls.engines[0]!, 'tree');
    await send(`${fleet.urls.controller}/__mock/reset`, { scope: 'cache' });
    await send(`${fleet.urls.controller}/__mock/clock/advance`, { ms: 500 });
    expect((await bothSides()).told).toEqual([0, 0]);
  });

  it('has the index faults of its start again after a reset', async () => {
    fleet = await startTestFleet({ controller: { lagMs: 5 } });
    const { controller } = fleet.urls;
    const wrong = { lagMs: 0, isFrozen: true, lie: 'whole-prompt' };
    const faults = async (): Promise<Json> =>
      (await send(`${controller}/__mock/state`)).json.index.faults;
    await send(`${controller}/__mock/index-faults`, wrong, { method: 'PUT' });
    await send(`${controller}/__mock/reset`, { scope: 'journal' });
    expect(await faults()).toEqual(wrong);
    await send(`${controller}/__mock/reset`, { scope: 'faults' });
    expect(await faults()).toEqual({ lagMs: 5, isFrozen: false, lie: 'off' });
  });

  it('hears of its engines again after a restart, from the store after the next on', async () => {
    fleet = await startTestFleet({});
    const { controller, engines } = fleet.urls;
    await chat(engines[0]!, 'tree');
    await send(`${controller}/__mock/reset`, { scope: 'restart' });
    expect((await send(`${controller}/controller/workers`)).json.total_count).toBe(0);
    await chat(engines[0]!, 'bush');
    expect((await send(`${controller}/controller/workers`)).json.total_count).toBe(1);
    expect((await bothSides()).told).toEqual([0]);
    await chat(engines[0]!, 'moss');
    expect((await bothSides()).told[0]).toBeGreaterThan(0);
  });
});

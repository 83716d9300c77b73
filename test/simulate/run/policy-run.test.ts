import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sumOf } from '../../../src/base/lists.ts';
import { parseFleetEvents } from '../../../src/simulate/fleet/fleet-events.ts';
import {
  LOSSES,
  lossesOf,
  type SimulatedSample,
} from '../../../src/simulate/run/simulated-sample.ts';
import { conversationRows, fileOf } from '../mooncake-file.ts';
import { fleetOf, requestsIn, samplesOf } from '../scenes.ts';

const ROWS = conversationRows(5, 150);
const requests = requestsIn(fileOf(ROWS));
const cachedIn = (samples: readonly { cachedTokens: number }[]): number =>
  sumOf(samples, (it) => it.cachedTokens);

describe('one engine with room for all', () => {
  it('has all that an earlier prompt began with', async () => {
    const fleet = fleetOf(1, 'instant', { blocks: 4_096 });
    const samples = await samplesOf('round-robin', { fleet, requests });
    expect(samples).toHaveLength(150);
    expect(samples.map((it) => it.cachedTokens)).toEqual(samples.map((it) => it.seenTokens));
    expect(cachedIn(samples)).toBeGreaterThan(0);
  });
});

describe('a run', () => {
  it.each(['round-robin', 'prefix', 'events', 'lookup', 'oracle', 'random'])(
    'says of every reusable token whether it was cached or what it was lost to (%s)',
    async (policy) => {
      const fleet = fleetOf(4, '8b-h100', { blocks: 128, tier: null });
      const samples = await samplesOf(policy, { fleet, requests });
      for (const sample of samples) {
        const losses = lossesOf(sample);
        const lost = sumOf(LOSSES, (loss) => losses[loss]);
        expect(sample.seenTokens - lost).toBe(sample.cachedTokens);
        expect(Math.min(...Object.values(losses))).toBeGreaterThanOrEqual(0);
        expect(sample.latencyMs).toBeGreaterThan(0);
      }
    },
  );

  it('is the same for the same seed, whatever the order of the rows', async () => {
    const fleet = fleetOf(3, '8b-h100', { blocks: 128 });
    for (const policy of ['random', 'consistent-hash', 'events']) {
      const [one, other] = await Promise.all(
        [ROWS, ROWS.toReversed()].map(async (rows) =>
          JSON.stringify(
            await samplesOf(policy, { fleet, requests: requestsIn(fileOf(rows)), seed: 9 }),
          ),
        ),
      );
      expect(other).toBe(one);
    }
  });

  it('differs with the seed', async () => {
    const fleet = fleetOf(3, '8b-h100');
    const [one, other] = await Promise.all(
      [1, 2].map(async (seed) =>
        JSON.stringify(await samplesOf('random', { fleet, requests, seed })),
      ),
    );
    expect(other).not.toBe(one);
  });

  it('hits most under the oracle, which loses nothing to placement', async () => {
    const fleet = fleetOf(4, 'instant', { tier: null });
    const hits: Record<string, number> = {};
    for (const policy of ['oracle', 'events', 'prefix', 'round-robin']) {
      const samples = await samplesOf(policy, { fleet, requests });
      hits[policy] = cachedIn(samples);
      const misplaced = sumOf(samples, (it) => it.bestTokens - it.heldTokens);
      if (policy === 'oracle') expect(misplaced).toBe(0);
      else if (policy === 'round-robin') expect(misplaced).toBeGreaterThan(0);
    }
    expect(hits['oracle']).toBeGreaterThanOrEqual(hits['events']!);
    expect(hits['events']).toBeGreaterThan(hits['round-robin']!);
    expect(hits['prefix']).toBeGreaterThan(hits['round-robin']!);
  });

  it('is spread by the oracle where waiting takes longer than computing a beginning anew', async () => {
    const crowd = Array.from({ length: 17 }, (_, index) => ({
      timestamp: index === 0 ? 0 : 5_000,
      input_length: 2_560,
      output_length: 1,
      hash_ids: [1, 100 + index, 200 + index, 300 + index, 400 + index],
    }));
    const fleet = fleetOf(4, '8b-h100');
    const samples = await samplesOf('oracle', { fleet, requests: requestsIn(fileOf(crowd)) });
    const sent = fleet.engines.map((_, at) => samples.filter(({ engine }) => engine === at).length);
    expect(samples[1]).toMatchObject({ engine: samples[0]!.engine, heldTokens: 512 });
    expect(Math.min(...sent)).toBeGreaterThan(2);
  });

  it('never has more requests in flight than a closed loop allows', async () => {
    const fleet = fleetOf(2, '8b-h100');
    const samples = await samplesOf('round-robin', { fleet, requests, concurrency: 3 });
    const edges = samples.flatMap(({ atMs, latencyMs }) => [
      [atMs, 1],
      [atMs + latencyMs!, -1],
    ]);
    let [inFlight, most] = [0, 0];
    for (const [, change] of edges.sort(([a, x], [b, y]) => a! - b! || x! - y!)) {
      most = Math.max(most, (inFlight += change!));
    }
    expect(most).toBe(3);
  });

  it('lets rows of a session wait for each other', async () => {
    const rows = ROWS.map((row) => ({ ...row, timestamp: 0, session_id: `s${row.hash_ids[2]}` }));
    const list = requestsIn(fileOf(rows));
    const sessionOf = new Map(list.map((it) => [it.key, it.session]));
    const samples = await samplesOf('session', { fleet: fleetOf(2, '8b-h100'), requests: list });
    const ends = new Map<string, number>();
    for (const { key, atMs, latencyMs } of samples.toSorted((a, b) => a.atMs - b.atMs)) {
      const session = sessionOf.get(key)!;
      expect(atMs).toBeGreaterThanOrEqual(ends.get(session) ?? 0);
      ends.set(session, atMs + latencyMs!);
    }
    expect(new Set(samples.map((it) => it.engine)).size).toBe(2);
  });

  it('lets a row without a timestamp follow the answer before it after its delay', async () => {
    const row = { input_length: 512, output_length: 8, hash_ids: [1], session_id: 's' };
    const list = requestsIn(
      fileOf([
        { ...row, timestamp: 100 },
        { ...row, input_length: 1_024, hash_ids: [1, 2], delay: 5_000 },
        { ...row, input_length: 600, hash_ids: [3, 4], delay: 250 },
      ]),
    );
    const samples = await samplesOf('session', { fleet: fleetOf(1, '8b-h100'), requests: list });
    const [first, second, third] = samples as [SimulatedSample, SimulatedSample, SimulatedSample];
    expect(second.promptTokens).toBe(1_024);
    expect(second.atMs).toBe(first.atMs + first.latencyMs! + 5_000);
    expect(third.atMs).toBeCloseTo(second.atMs + second.latencyMs! + 250, 6);
  });
});

describe('who knows less', () => {
  const fleet = fleetOf(4, 'instant', { tier: null });

  it('hits less with late or lost events', async () => {
    const timely = cachedIn(await samplesOf('events', { fleet, requests }));
    const never = await samplesOf('events', { fleet, requests, eventLoss: 1 });
    expect(
      cachedIn(await samplesOf('events', { fleet, requests, eventLagMs: 60_000 })),
    ).toBeLessThan(timely);
    expect(cachedIn(never)).toBeLessThan(timely);
    expect(sumOf(never, (it) => lossesOf(it).index)).toBeGreaterThan(0);
  });

  it('hits less with a controller that lags', async () => {
    const long = requestsIn(
      fileOf(ROWS.map((row) => ({ ...row, input_length: row.input_length * 8 }))),
    );
    const tiered = fleetOf(4, 'instant');
    const lagging = { ...tiered, controller: { ...tiered.controller, lagMs: 600_000 } };
    const timely = cachedIn(await samplesOf('lookup', { fleet: tiered, requests: long }));
    expect(cachedIn(await samplesOf('lookup', { fleet: lagging, requests: long }))).toBeLessThan(
      timely,
    );
  });

  it('hits less with several gateways that share no memory', async () => {
    // Without a beginning that all have in common, which would keep all together.
    const apart = requestsIn(
      fileOf(
        ROWS.map((row) => ({
          ...row,
          input_length: row.input_length - 128,
          hash_ids: row.hash_ids.slice(2),
        })),
      ),
    );
    const one = cachedIn(await samplesOf('prefix', { fleet, requests: apart }));
    const samples = await samplesOf('prefix', { fleet, requests: apart, gateways: 5 });
    expect(cachedIn(samples)).toBeLessThan(one);
  });
});

describe('a fleet that changes', () => {
  const fleet = fleetOf(3, '8b-h100');
  const [a, b, c] = fleet.engines.map(({ id }) => id) as [string, string, string];
  const events = (text: string) => parseFleetEvents(text, [a, b, c]);
  const at = (samples: Awaited<ReturnType<typeof samplesOf>>, from: number, to: number) =>
    new Set(samples.filter((it) => it.atMs >= from && it.atMs < to).map((it) => it.engine));

  it('sends nothing to a dead engine, and finds an empty cache when it is back', async () => {
    const samples = await samplesOf('round-robin', {
      fleet,
      requests,
      // While it serves the request that came 10 ms before: one step alone takes 8 ms, its way in 5.
      events: events(`9610ms:fail=${a},30s:recover=${a}`),
    });
    expect(at(samples, 0, 9_610)).toEqual(new Set([0, 1, 2]));
    expect(at(samples, 9_610, 30_000)).toEqual(new Set([1, 2]));
    const back = samples.filter((it) => it.engine === 0 && it.atMs >= 30_000);
    expect(back[0]!.heldTokens).toBe(0);
    expect(new Set(samples.map((it) => it.failure))).toEqual(new Set([null, 'engine failed']));
  });

  it('has an added engine from then on, and ends what a drained one has', async () => {
    const samples = await samplesOf('least-load', {
      fleet,
      requests,
      events: events(`20s:add=${b},40s:drain=${c}`),
    });
    expect(at(samples, 0, 20_000)).toEqual(new Set([0, 2]));
    expect(at(samples, 20_000, 40_000).has(1)).toBe(true);
    expect(at(samples, 40_000, Infinity)).toEqual(new Set([0, 1]));
    expect(samples.every((it) => it.failure === null)).toBe(true);
  });

  it('counts as held elsewhere only what engines hold that take requests', async () => {
    const instant = fleetOf(3, 'instant', { tier: null });
    const samples = await samplesOf('oracle', {
      fleet: instant,
      requests,
      events: events(`20s:drain=${a}`),
    });
    expect(at(samples, 0, 20_000)).toContain(0);
    expect(samples.map((it) => it.bestTokens)).toEqual(samples.map((it) => it.heldTokens));
  });

  it('fails requests while nobody is there', async () => {
    const all = [a, b, c].map((id) => `5s:drain=${id}`).join(',');
    const samples = await samplesOf('prefix', { fleet, requests, events: events(all) });
    const late = samples.filter((it) => it.atMs >= 5_000);
    expect(new Set(late.map((it) => it.failure))).toEqual(new Set(['no engine']));
  });
});

describe("a user's module", () => {
  it('decides by the same interface', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'policy-')), 'mine.mjs');
    writeFileSync(
      path,
      `export const policy = {
         decide: ({ cluster }, { indexed }) => ({
           policy: 'mine', reason: 'policy',
           endpointId: cluster.endpoints[indexed.chain.promptTokens % cluster.endpoints.length].config.id,
         }),
       };`,
    );
    const samples = await samplesOf(path, { fleet: fleetOf(3, 'instant'), requests });
    expect(samples.map((it) => it.engine)).toEqual(samples.map((it) => it.promptTokens % 3));
  });

  it.each([
    ['nothing to decide with', 'export const policy = {};', 'POLICY_MODULE_INVALID'],
    ['no JavaScript', 'export const', 'POLICY_MODULE_INVALID'],
    [
      'an error of its own',
      'export const policy = { decide: () => { throw 1 } };',
      'POLICY_MODULE_INVALID',
    ],
    ['nothing decided', 'export const policy = { decide: () => {} };', 'POLICY_MODULE_INVALID'],
  ])('is refused with %s', async (_, text, code) => {
    const path = join(mkdtempSync(join(tmpdir(), 'policy-')), 'bad.mjs');
    writeFileSync(path, text);
    const refused = samplesOf(path, { fleet: fleetOf(1, 'instant'), requests });
    await expect(refused).rejects.toMatchObject({ code });
  });

  it('is refused where no policy has its name', async () => {
    const refused = samplesOf('nearest', { fleet: fleetOf(1, 'instant'), requests });
    await expect(refused).rejects.toMatchObject({ code: 'POLICY_UNKNOWN' });
  });
});

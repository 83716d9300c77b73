import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { configText, startTestGateway, startUpstream } from '../../helpers/gateway.ts';
import { residentMiB, spawnGateway } from '../hostile/rig.ts';
import { countOf, startClients } from './clients.ts';

const RELOADS = 300;

it(`${RELOADS} reloads under load lose no request, no memory and no file handle`, async () => {
  await using engine = await startUpstream((_request, response) => {
    setTimeout(() => response.end('well'), Math.random() * 10);
  });
  const text = (at: number): string =>
    at % 3 === 0
      ? `static_resources: [${at}`
      : configText({
          endpoints: [{ id: 'a', port: engine.port }],
          filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "http://127.0.0.1:${engine.port}", lmcache_endpoint: "http://127.0.0.1:1"}}`,
          extension: `{routing: {policy: ${at % 2 === 0 ? 'prefix' : 'lookup'}}}`,
        });
  await using gateway = await spawnGateway(text(1));
  const handles = (): number => readdirSync(`/proc/${gateway.child.pid}/fd`).length;
  const verdicts = (): number =>
    gateway.log().match(/ error the old config stays| info reloaded /g)?.length ?? 0;
  const clients = startClients(gateway.port, 8);
  const draft = join(gateway.folder, 'draft.yaml');
  let [memory, opened] = [0, 0];
  for (let at = 2; at <= RELOADS; at++) {
    const before = verdicts();
    writeFileSync(draft, text(at));
    renameSync(draft, gateway.file);
    gateway.child.kill('SIGHUP');
    await expect.poll(verdicts, { timeout: 30_000, interval: 5 }).toBeGreaterThan(before);
    if (at === 100) [memory, opened] = [residentMiB(gateway.child.pid!), handles()];
  }
  const grownMiB = residentMiB(gateway.child.pid!) - memory;
  console.log(`${grownMiB.toFixed(0)} MiB more after 200 further reloads`);
  clients.stop();
  await clients.done;
  expect([...clients.fates.keys()]).toEqual([200]);
  expect(countOf(clients)).toBeGreaterThan(RELOADS);
  expect(grownMiB).toBeLessThanOrEqual(32);
  expect(handles()).toBeLessThanOrEqual(opened + 8);
  gateway.check();
});

/** The system's clock with jumps: the day's time either way, and time that was slept through. */
class JumpingClock implements Clock {
  wallOffsetMs = 0;
  #offsetMs = 0;
  readonly #waits = new Set<{ atMs: number; run: () => void; cancel: () => void }>();

  nowMs(): number {
    return systemClock.nowMs() + this.#offsetMs;
  }

  wallMs(): number {
    return systemClock.wallMs() + this.wallOffsetMs;
  }

  at(atMs: number, run: () => void): () => void {
    const wait = { atMs, run, cancel: () => {} };
    this.#waits.add(wait);
    this.#arm(wait);
    return () => {
      this.#waits.delete(wait);
      wait.cancel();
    };
  }

  sleepThrough(ms: number): void {
    this.#offsetMs += ms;
    for (const wait of this.#waits) {
      wait.cancel();
      this.#arm(wait);
    }
  }

  #arm(wait: { atMs: number; run: () => void; cancel: () => void }): void {
    wait.cancel = systemClock.at(wait.atMs - this.#offsetMs, () => {
      this.#waits.delete(wait);
      wait.run();
    });
  }
}

const DAY_MS = 86_400_000;

describe('a clock that jumps', () => {
  const stage = async (clock: Clock) => {
    const engine = await startUpstream((_request, response) => {
      setTimeout(() => response.end('well'), 20);
    });
    const gateway = await startTestGateway(
      {
        endpoints: [{ id: 'a', port: engine.port }],
        filters:
          '{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "http://127.0.0.1:1", lmcache_endpoint: "http://127.0.0.1:1"}}',
        extension: '{access_log: true, admin: {}}',
        cluster: 'health_checks: [{protocol: tcp, interval: 1s, timeout: 10s}]',
        proxy: '{timeout: 60s}',
      },
      { clock },
    );
    return { engine, gateway };
  };

  it('by days in either direction changes nothing', async () => {
    const clock = new JumpingClock();
    const { engine, gateway } = await stage(clock);
    const clients = startClients(gateway.listeners[0]!.port, 8);
    for (const days of [1, -1, 10_000, -20_000, 0]) {
      clock.wallOffsetMs = days * DAY_MS;
      const before = countOf(clients);
      await expect.poll(() => countOf(clients), { timeout: 30_000 }).toBeGreaterThan(before + 50);
    }
    clients.stop();
    await clients.done;
    expect([...clients.fates.keys()]).toEqual([200]);
    await gateway.close();
    await engine.close();
  });

  it('over a night that was slept through cuts at most what was under way, and serves on', async () => {
    const clock = new JumpingClock();
    const { engine, gateway } = await stage(clock);
    for (let night = 0; night < 5; night++) {
      const clients = startClients(gateway.listeners[0]!.port, 8);
      await expect.poll(() => countOf(clients), { timeout: 30_000 }).toBeGreaterThan(50);
      clock.sleepThrough(DAY_MS / 3);
      clients.stop();
      await clients.done;
      const awake = startClients(gateway.listeners[0]!.port, 8);
      await expect.poll(() => countOf(awake), { timeout: 30_000 }).toBeGreaterThan(50);
      awake.stop();
      await awake.done;
      expect([...awake.fates.keys()]).toEqual([200]);
    }
    await gateway.close();
    await engine.close();
  });
});

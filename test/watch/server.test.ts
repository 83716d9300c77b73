import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/net/listen.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { watchMetrics } from '../../src/watch/metrics.ts';
import { createWatchServer } from '../../src/watch/server.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { HEALTHY, VirtualFleet } from './virtual-fleet.ts';

async function start(isReady: boolean): Promise<string> {
  const fleet = new VirtualFleet({ engines: 2, seed: 1 });
  const watcher = new Watcher({ windowMs: 60_000 });
  fleet.world = { ...HEALTHY, prefixCaching: (at) => at === 0 };
  for (let scrape = 0; scrape < 10; scrape++) watcher.take(fleet.next());
  const counts = { readings: 10, eventsRaised: 1, lastReadingS: 5 };
  const server = createWatchServer({
    metrics: () => watchMetrics(watcher, counts),
    state: () => ({ hostile: '\u001b[31m' }),
    isReady: () => isReady,
  });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'watch');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return url;
}

describe('what a watch serves', () => {
  it('are metrics, with one series per alert', async () => {
    const url = await start(true);
    const text = await (await fetch(`${url}/metrics`)).text();
    const values = parseMetrics(text).flatMap(({ samples }) => samples);
    const valueOf = (name: string, labels: object): number | undefined =>
      values.find(
        (it) => it.name === name && expect.objectContaining(labels).asymmetricMatch(it.labels),
      )?.value;
    expect(valueOf('kvcache_watch_alert', { alert: 'caching-off', engine: 'engine-1' })).toBe(1);
    expect(valueOf('kvcache_watch_alert', { alert: 'hot-spot', engine: '' })).toBe(0);
    expect(valueOf('kvcache_watch_prefix_hit_ratio', { engine: '' })).toBeCloseTo(0.8, 1);
    expect(valueOf('kvcache_watch_external_hit_ratio', { engine: 'engine-0' })).toBe(0);
    expect(valueOf('kvcache_watch_learning', {})).toBe(1);
  });

  it('is alive at once, and ready after the first reading', async () => {
    const [ready, not] = [await start(true), await start(false)];
    const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
    expect(await statusOf(`${ready}/readyz`)).toBe(200);
    expect(await statusOf(`${not}/readyz`)).toBe(503);
    expect(await statusOf(`${not}/healthz`)).toBe(200);
    expect(await statusOf(`${ready}/toString`)).toBe(404);
    expect((await fetch(`${ready}/`, { method: 'POST' })).status).toBe(405);
  });

  it('has a page that fetches nothing from elsewhere, and a state without raw control characters', async () => {
    const url = await start(true);
    const page = await fetch(url);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await page.text()).not.toMatch(/https?:/);
    expect(await (await fetch(`${url}/state`)).text()).not.toContain('\u001b');
  });
});

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { formatMetrics } from '../../src/protocol/prometheus.ts';
import { watchMetrics } from '../../src/watch/metrics.ts';
import { NO_PROBES } from '../../src/watch/probe/fleet-probe.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { everyMetric } from '../helpers/every-metric.ts';
import { VirtualFleet } from '../watch/virtual-fleet.ts';

const isInstalled = spawnSync('promtool', ['--version']).status === 0;
if (!isInstalled) console.warn('skipped: promtool is not on PATH (Debian package: prometheus)');

it.skipIf(!isInstalled)(
  'promtool accepts every metric of ours that the gateway exports',
  async () => {
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await everyMetric(),
      encoding: 'utf8',
    });
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
    // Two of Pixiu's names carry units that are no base units; they are kept for its users.
    const ours = complaints.filter((line) => !/^pixiu_llm_\w+_(micro|milli)seconds_/.test(line));
    expect(ours).toEqual([]);
  },
);

it.skipIf(!isInstalled)('promtool accepts every metric of a watch', () => {
  const fleet = new VirtualFleet({ engines: 2, seed: 1, ears: 2 });
  const watcher = new Watcher({ windowMs: 60_000 });
  for (let scrape = 0; scrape < 10; scrape++) watcher.take(fleet.next());
  const counts = { readings: 10, eventsRaised: 1, lastReadingS: 5 };
  const input = formatMetrics(watchMetrics(watcher, counts, NO_PROBES));
  expect(input).toContain('kvcache_watch_kv_event_gaps_total{');
  const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  });
  expect(`${stdout}${stderr}`).toBe('');
});

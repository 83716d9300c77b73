import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/shell/program.ts';
import { watchMetrics } from '../../src/watch/metrics.ts';
import { NO_PROBES } from '../../src/watch/probe/fleet-probe.ts';
import { Watcher } from '../../src/watch/watcher.ts';
import { read } from '../helpers/documents.ts';
import { HEALTHY, VirtualFleet } from '../watch/virtual-fleet.ts';

/** Long names of the flags of `kvcache watch`. */
async function watchFlags(): Promise<Set<string>> {
  const program = await buildProgram('kvcache', async () => {});
  const watch = program.commands.find((it) => it.name() === 'watch')!;
  return new Set(watch.options.map(({ long }) => long!.slice(2)));
}

interface Manifest {
  kind: string;
  data?: Record<string, string>;
  spec?: { template?: { spec: { containers: { args: string[] }[] } } };
}

describe('what keeps a watch running', () => {
  it('in Kubernetes are documents of known kinds, with flags that there are', async () => {
    const documents = parseAllDocuments(read('docs/deploy/watch.kubernetes.yaml'));
    expect(documents.flatMap((it) => [...('errors' in it ? it.errors : [])])).toEqual([]);
    const manifests = documents.map((it) => it.toJS() as Manifest);
    const kinds = ['ConfigMap', 'Deployment', 'Service', 'ServiceMonitor'];
    expect(manifests.map(({ kind }) => kind)).toEqual(kinds);
    const flags = await watchFlags();
    const file = parseAllDocuments(manifests[0]!.data!['watch.yaml']!)[0]!.toJS() as object;
    expect(Object.keys(file).filter((name) => !flags.has(name))).toEqual([]);
    const { args } = manifests[1]!.spec!.template!.spec.containers[0]!;
    const given = args.filter((it) => it.startsWith('--')).map((it) => it.slice(2));
    expect(given.filter((name) => !flags.has(name))).toEqual([]);
  });

  it('under systemd is a call with flags that there are', async () => {
    const unit = read('docs/deploy/watch.service');
    const flags = await watchFlags();
    const [, call] = /^ExecStart=\S+ watch (.+)$/m.exec(unit)!;
    const given = [...call!.matchAll(/--([\w-]+)/g)].map(([, name]) => name!);
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter((name) => !flags.has(name))).toEqual([]);
  });

  it('is a dashboard of metrics that there are, each of them shown', () => {
    const fleet = new VirtualFleet({ engines: 2, seed: 1, ears: 2 });
    const watcher = new Watcher({ windowMs: 60_000 });
    fleet.world = HEALTHY;
    for (let scrape = 0; scrape < 10; scrape++) watcher.take(fleet.next());
    const counts = { readings: 10, eventsRaised: 1, lastReadingS: 5 };
    const served = watchMetrics(watcher, counts, NO_PROBES).map(({ name }) => name);
    const dashboard = read('docs/grafana-watch.json');
    expect(JSON.parse(dashboard)).toMatchObject({ uid: 'kvcache-watch' });
    const used = new Set([...dashboard.matchAll(/\bkvcache_watch_\w+/g)].map(([name]) => name));
    expect([...used].filter((name) => !served.includes(name))).toEqual([]);
    const unused = served.filter((name) => !used.has(name));
    expect(unused).toEqual([
      'kvcache_watch_learning',
      'kvcache_watch_kv_events_heard',
      'kvcache_watch_kv_event_blocks',
      'kvcache_watch_kv_event_restarts_total',
      'kvcache_watch_readings_total',
      'kvcache_watch_probe_requests_total',
      'kvcache_watch_probe_failures_total',
      'kvcache_watch_probe_skipped_rounds_total',
    ]);
  });
});

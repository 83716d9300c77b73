import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { ROOT } from '../helpers/exec.ts';
import { served, startTestGateway, startUpstream } from '../helpers/gateway.ts';
import { everyMetric, USAGE } from '../helpers/every-metric.ts';

it('serves what the page on metrics and the dashboard name, and nothing else', async () => {
  const families = parseMetrics(await everyMetric()).map(({ name }) => name);
  const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
  const undocumented = families.filter(
    (name) => !page.includes(name) && !/^pixiu_llm_(completion|total)_tokens_total$/.test(name),
  );
  expect(undocumented).toEqual([]);
  const dashboard = readFileSync(join(ROOT, 'docs/grafana-dashboard.json'), 'utf8');
  const used = [...dashboard.matchAll(/\b(?:kvcache|pixiu_llm)_[a-z_]+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  );
  const pixius = ['requests', 'requests_failure'].map(
    (it) => `pixiu_llm_upstream_${it}_ratio_total`,
  );
  const known = new Set([...families, 'kvcache_cache_operations_total', ...pixius]);
  expect([...new Set(used)].filter((name) => !known.has(name))).toEqual([]);
});

it('the share routed to a holder counts every reason that means it', () => {
  const dashboard = readFileSync(join(ROOT, 'docs/grafana-dashboard.json'), 'utf8');
  const counted = /kvcache_requests_total\{reason=~\\"([^"\\]+)/.exec(dashboard)![1]!.split('|');
  const page = readFileSync(join(ROOT, 'docs/routing.md'), 'utf8');
  const meaning = [...page.matchAll(/^\| `([\w-]*hit(?:-degraded)?|tie)` \|/gm)].map(
    ([, reason]) => reason!,
  );
  expect(counted.toSorted()).toEqual(meaning.toSorted());
});

it('times tokenizing and lookups, failed ones too', async () => {
  const samples = parseMetrics(await everyMetric()).flatMap((family) => family.samples);
  const countOf = (name: string): number =>
    samples.find((it) => it.name === `kvcache_${name}_seconds_count`)!.value;
  // The controller of this gateway is none: asking it what it is comes before any lookup.
  expect([countOf('tokenize'), countOf('lookup')]).toEqual([3, 3]);
});

it('counts tokens by model', async () => {
  const samples = parseMetrics(await everyMetric()).flatMap((family) => family.samples);
  expect(samples).toContainEqual({
    name: 'pixiu_llm_total_tokens_total',
    labels: { model: 'm', cluster_name: 'llm' },
    value: 4,
  });
});

it('keeps a bounded number of series under hostile models', async () => {
  await using engine = await startUpstream(served('a', USAGE));
  await using gateway = await startTestGateway({
    endpoints: [{ id: 'a', port: engine.port }],
    filters: '{name: dgp.filter.llm.tokenizer, config: {}}',
  });
  const ask = (index: number): Promise<unknown> =>
    fetch(`${gateway.url}/v1/x`, { method: 'POST', body: `{"model":"hostile-${index}"}` }).then(
      (it) => it.arrayBuffer(),
    );
  for (let index = 0; index < 1_200; index += 40) {
    await Promise.all(Array.from({ length: 40 }, (_, offset) => ask(index + offset)));
  }
  const family = parseMetrics(await (await fetch(gateway.metricsUrl!)).text()).find(
    ({ name }) => name === 'pixiu_llm_prompt_tokens_total',
  )!;
  expect(family.samples.length).toBeLessThanOrEqual(1_001);
  expect(family.samples.reduce((sum, { value }) => sum + value, 0)).toBe(3 * 1_200);
});

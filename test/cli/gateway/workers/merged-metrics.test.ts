import { expect, it } from 'vitest';
import { mergedMetrics } from '../../../../src/cli/gateway/workers/merged-metrics.ts';
import { formatMetrics, parseMetrics } from '../../../../src/protocol/prometheus.ts';

it('has a series per worker, each name once, and says who is missing', () => {
  const family = (value: number) => ({
    name: 'kvcache_x_total',
    help: 'X.',
    type: 'counter' as const,
    samples: [{ name: 'kvcache_x_total', labels: { reason: 'hit' }, value }],
  });
  const merged = mergedMetrics(
    new Map([
      [1, [family(3)]],
      [3, [family(4)]],
    ]),
    3,
  );
  const text = formatMetrics(merged);
  expect(text.match(/^# TYPE kvcache_x_total/gm)).toHaveLength(1);
  const samples = parseMetrics(text).flatMap((it) => it.samples);
  expect(samples.filter(({ name }) => name === 'kvcache_x_total')).toEqual([
    { name: 'kvcache_x_total', labels: { reason: 'hit', worker: '1' }, value: 3 },
    { name: 'kvcache_x_total', labels: { reason: 'hit', worker: '3' }, value: 4 },
  ]);
  expect(text).toContain('kvcache_workers 3\n');
  expect(text).toContain('kvcache_workers_told 2\n');
});

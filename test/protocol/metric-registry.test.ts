import { describe, expect, it } from 'vitest';
import { MetricRegistry } from '../../src/protocol/metric-registry.ts';
import { formatMetrics } from '../../src/protocol/prometheus.ts';

describe('MetricRegistry', () => {
  it('hands out one series per combination of labels', () => {
    const registry = new MetricRegistry();
    const requests = registry.counter({ name: 'r_total', help: 'R.', labels: ['a', 'b'] });
    requests.withLabels('1', '2').inc();
    requests.withLabels('1', '2').inc(2);
    requests.withLabels('12', '').inc();
    expect(formatMetrics(registry.collect())).toBe(
      '# HELP r_total R.\n# TYPE r_total counter\nr_total{a="1",b="2"} 3\nr_total{a="12",b=""} 1\n',
    );
  });

  it('leaves out families without a sample', () => {
    const registry = new MetricRegistry();
    registry.gauge({ name: 'g', help: 'G.', labels: ['a'] });
    expect(registry.collect()).toEqual([]);
  });

  it('makes histogram buckets cumulative, bounds inclusive', () => {
    const registry = new MetricRegistry();
    const latency = registry.histogram({ name: 'l_seconds', help: 'L.' }, [1, 2]).withLabels();
    for (const value of [1, 1.5, 9]) latency.observe(value);
    const samples = registry.collect()[0]!.samples;
    expect(samples.map(({ name, labels, value }) => [name, labels['le'], value])).toEqual([
      ['l_seconds_bucket', '1', 1],
      ['l_seconds_bucket', '2', 2],
      ['l_seconds_bucket', '+Inf', 3],
      ['l_seconds_sum', undefined, 11.5],
      ['l_seconds_count', undefined, 3],
    ]);
  });

  it('bounds the number of series and the length of a label, losing no count', () => {
    const registry = new MetricRegistry();
    const tokens = registry.counter({ name: 't_total', help: 'T.', labels: ['model'] });
    for (let index = 0; index < 5_000; index++) {
      tokens.withLabels(`model-${index}-${'x'.repeat(300)}`).inc();
    }
    const { samples } = registry.collect()[0]!;
    expect(samples.length).toBeLessThanOrEqual(1_001);
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(5_000);
    const long = 'y'.repeat(200);
    expect(tokens.withLabels(`${long}1`)).toBe(tokens.withLabels(`${long}2`));
    expect(Math.max(...samples.map(({ labels }) => labels['model']!.length))).toBe(128);
  });
});

import { describe, expect, it } from 'vitest';
import {
  formatMetrics,
  type MetricFamily,
  parseMetrics,
  readExposition,
} from '../../src/protocol/prometheus.ts';

const families: MetricFamily[] = [
  {
    name: 'requests_total',
    help: 'Requests with a \\ backslash\nand a line break',
    type: 'counter',
    samples: [
      { name: 'requests_total', labels: { path: '/a"b\\c\nd' }, value: 3 },
      { name: 'requests_total', labels: {}, value: 0.5 },
    ],
  },
  {
    name: 'latency_seconds',
    help: 'Latency',
    type: 'histogram',
    samples: [
      { name: 'latency_seconds_bucket', labels: { le: '0.1' }, value: 1 },
      { name: 'latency_seconds_bucket', labels: { le: '+Inf' }, value: 2 },
      { name: 'latency_seconds_sum', labels: {}, value: 1.5 },
      { name: 'latency_seconds_count', labels: {}, value: 2 },
    ],
  },
];

describe('formatMetrics', () => {
  it('writes help, type and escaped labels', () => {
    expect(formatMetrics(families.slice(0, 1))).toBe(
      '# HELP requests_total Requests with a \\\\ backslash\\nand a line break\n' +
        '# TYPE requests_total counter\n' +
        'requests_total{path="/a\\"b\\\\c\\nd"} 3\n' +
        'requests_total 0.5\n',
    );
  });

  it('is read back as it was', () => {
    expect(parseMetrics(formatMetrics(families))).toEqual(families);
  });
});

describe('parseMetrics', () => {
  it('drops timestamps and exemplars, and reads infinities and NaN', () => {
    const text = 'a{x="1",} +Inf 1700000000\nb -Inf\nc NaN\nd 1 # {trace="1"} 0.5\n# EOF\n';
    const samples = parseMetrics(text).flatMap((family) => family.samples);
    expect(samples.map(({ value }) => value)).toEqual([Infinity, -Infinity, Number.NaN, 1]);
    expect(samples[0]!.labels).toEqual({ x: '1' });
  });

  it('keeps vLLM names with colons', () => {
    const [family] = parseMetrics(
      '# TYPE vllm:prefix_cache_hits counter\nvllm:prefix_cache_hits_total{model_name="m"} 7\n',
    );
    expect(family).toMatchObject({ name: 'vllm:prefix_cache_hits', type: 'counter' });
    expect(family!.samples[0]).toMatchObject({ name: 'vllm:prefix_cache_hits_total', value: 7 });
  });

  it.each([
    'h {count:5,sum:1.5,schema:3,zero_threshold:0,zero_count:1,positive_spans:[0:2]}',
    'h{le="1"} {count:5,sum:1.5}',
    'a{"b" 1',
    'a{x="1"} 1 2 3',
    '\u0000',
    '<html>',
    'a{b=1} 2',
    'a{b="1} 2',
    'a one',
    'a{b="1"',
    'a{b} 1',
    '{x="1"} 2',
  ])('leaves out the line %s and keeps the page', (line) => {
    const found = parseMetrics(`ok 1\n${line}\nfine 2\n`);
    expect(found.map(({ name }) => name)).toEqual(['ok', 'fine']);
  });

  it('names the first few lines it left out, and counts them', () => {
    const bad = Array.from({ length: 5 }, (_, index) => `bad{${index}`);
    const { families, unread, unreadCount } = readExposition(
      ['ok 1', '', ...bad, 'fine 2'].join('\n'),
    );
    expect(families).toHaveLength(2);
    expect(unreadCount).toBe(5);
    expect(unread).toEqual([
      { number: 3, text: 'bad{0' },
      { number: 4, text: 'bad{1' },
      { number: 5, text: 'bad{2' },
    ]);
    expect(readExposition('ok 1').unreadCount).toBe(0);
  });

  it('reads type and help of quoted names', () => {
    const text = '# HELP "a.b c" text\n# TYPE "a.b c" counter\n{"a.b c",x="1"} 5\n';
    expect(parseMetrics(text)).toEqual([
      {
        name: 'a.b c',
        help: 'text',
        type: 'counter',
        samples: [{ name: 'a.b c', labels: { x: '1' }, value: 5 }],
      },
    ]);
  });

  it.each(['<html>\n<body>', '{"gpu": 1}', 'nothing'])(
    'refuses a page that is none: %j',
    (text) => {
      expect(() => parseMetrics(`# a comment\n${text}`)).toThrowError(
        expect.objectContaining({
          code: 'METRICS_UNREADABLE',
          message: expect.stringContaining('Line 2'),
        }),
      );
    },
  );

  it.each([
    ['a { x = "1" } 2', 'a', { x: '1' }, 2],
    ['a{x="1"}2', 'a', { x: '1' }, 2],
    ['{"a.b"} 5', 'a.b', {}, 5],
    ['{"a.b", x="1"} 5 1700000000', 'a.b', { x: '1' }, 5],
    ['a{"my.label"="x, y"} 5', 'a', { 'my.label': 'x, y' }, 5],
    ['a\t1', 'a', {}, 1],
  ])('reads %s', (line, name, labels, value) => {
    expect(parseMetrics(line)[0]!.samples).toEqual([{ name, labels, value }]);
  });
});

import { describe, expect, it } from 'vitest';
import { simulateReport } from '../../src/report/build-simulate.ts';
import { renderHtml } from '../../src/report/formats/html.ts';
import { renderOpenMetrics } from '../../src/report/formats/openmetrics.ts';
import { renderTerminal } from '../../src/report/formats/terminal.ts';
import { PLAIN_LOOK } from '../../src/report/look.ts';
import { headline } from '../../src/report/headline.ts';
import { parseReport } from '../../src/report/read.ts';
import { simulateTables } from '../../src/report/simulate-tables.ts';
import { estimateOf } from '../../src/simulate/result/estimate.ts';
import type { SimulatedRow, SimulateFigures } from '../../src/simulate/result/result.ts';

const around = (mean: number) => estimateOf([0.98, 0.99, 1, 1.01, 1.02].map((it) => it * mean));

function row(policy: string, hitRate: number, setting: SimulatedRow['setting'] = {}): SimulatedRow {
  const metrics = {
    hit_rate: around(hitRate),
    ceiling: around(0.8),
    'lost.placement': around(0.8 - hitRate),
    'ttft.p50': around(120),
    'ttft.p95': around(480),
    goodput: around(0.9),
    imbalance: around(1.3),
    busiest: around(0.33),
    rate: around(12),
  };
  return { policy, setting, metrics, failures: {}, busiestEngine: 'engine-a', seeds: 5 };
}

function report(result: Partial<SimulateFigures>) {
  return simulateReport({
    version: '0.0.0',
    outcome: 'pass',
    exitCode: 0,
    isPartial: false,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1_000,
    seed: 1,
    comparable: { engines: 4 },
    checks: [],
    samples: [],
    result: {
      workload: 'Mooncake trace',
      fleet: '4 × 8b-h100',
      gateways: 1,
      objectives: ['ttft.p95 < 500ms'],
      searched: null,
      rows: [row('round-robin', 0.4), row('consistent-hash', 0.6), row('oracle', 0.75)],
      found: [],
      ...result,
    },
  });
}

describe('a simulation as a report', () => {
  it('stands in 80 columns, with the share of what is reusable', () => {
    const text = renderTerminal(report({}), { ...PLAIN_LOOK, width: 80 });
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/round-robin\s+40\.0 ±0\.8 %\s+50\.0 %/);
    expect(text).toMatch(/oracle\s+75\.0 ±1\.5 %\s+93\.8 %/);
    expect(text).toContain('consistent-hash reuses most: 60.0 %');
  });

  it('says what a search found, and that it found nothing', () => {
    const searched = 'engines';
    const found = [
      { policy: 'prefix', value: 4 },
      { policy: 'random', value: null },
    ];
    expect(renderTerminal(report({ searched, found }), PLAIN_LOOK)).toContain(
      '4 engines are enough with prefix.',
    );
    const one = [
      { policy: 'prefix', value: 1 },
      { policy: 'random', value: 1 },
      { policy: 'lookup', value: 2 },
    ];
    expect(headline(report({ searched, found: one }))).toBe(
      'One engine is enough with prefix and random.',
    );
    const none = { policy: 'random', value: null };
    expect(renderTerminal(report({ searched, found: [none] }), PLAIN_LOOK)).toContain(
      'No policy keeps',
    );
    const undecided = report({ searched, found: [{ ...none, isUndecided: true }] });
    expect(renderTerminal(undecided, PLAIN_LOOK)).toContain('No policy is shown to keep');
  });

  it('has of a search every rate in its order, and what is lost at the one that holds', () => {
    const tried = (policy: string) =>
      [8, 4, 6, 4].map((rate) => ({
        ...row(policy, 0.5 + rate / 100, { rate }),
        verdict: rate === 4 ? ('holds' as const) : ('fails' as const),
      }));
    const found = [
      { policy: 'prefix', value: 4, failed: 6 },
      { policy: 'random', value: null, failed: 4 },
    ];
    const rows = [...tried('prefix'), ...tried('random')];
    const tables = simulateTables(report({ searched: 'rate', found, rows }).result);
    expect(tables.map(({ title, rows: shown }) => [title, shown.map(([name]) => name)])).toEqual([
      ['highest rate', ['prefix', 'random']],
      [
        'policy',
        ['prefix', 'random'].flatMap((policy) =>
          [4, 4, 6, 8].map((rate) => `rate ${rate}, ${policy}`),
        ),
      ],
      ['lost to', ['rate 4, prefix']],
      ['load', ['rate 4, prefix']],
    ]);
    expect(tables[1]!.rows.map(([, verdict]) => verdict)).toEqual([
      'holds',
      'holds',
      'fails',
      'fails',
      'holds',
      'holds',
      'fails',
      'fails',
    ]);
  });

  it('names no policy that carries most where the limits may be the same', () => {
    const said = (...found: SimulateFigures['found']): string =>
      headline(report({ searched: 'rate', found }));
    const [a, b] = [
      { policy: 'prefix', value: 50, failed: 60 },
      { policy: 'random', value: 30, failed: 40 },
    ];
    expect(said(b, a)).toBe('50/s are carried with prefix.');
    expect(said(a, b, { policy: 'lookup', value: 45.5, failed: 51 })).toBe(
      'prefix and lookup carry most, from 45.5 to 50/s; no difference between them is shown.',
    );
    expect(said(a, { ...b, failed: null })).toContain('prefix and random carry most');
    expect(said({ policy: 'random', value: null })).toContain('No policy keeps the objectives');
  });

  it('is read back from its JSON', () => {
    const written = JSON.stringify(report({}));
    expect(JSON.stringify(parseReport(written, 'r.json'))).toBe(written);
  });

  it('has a plot of tokens and times, and curves along the axis of a sweep', () => {
    expect(renderHtml(report({}))).toContain('id="tokens"');
    expect(renderHtml(report({}))).not.toContain('id="sweep-hit-rate"');
    const rows = [2, 4, 8].flatMap((engines) => [row('prefix', 0.1 * engines, { engines })]);
    const swept = renderHtml(report({ rows }));
    expect(swept).toContain('Hit rate over engines');
    expect(swept).toContain('TTFT p95 over engines');
  });

  it('is gauges by policy, setting and metric', () => {
    const text = renderOpenMetrics(report({ rows: [row('prefix', 0.5, { engines: 2 })] }));
    expect(text).toContain('kvcache_simulated{policy="prefix",engines="2",metric="hit_rate"} 0.5');
  });

  it('names as the best on its page what is named in its headline, and no checks where there are none', () => {
    const page = renderHtml(report({}));
    expect(page).toContain('consistent-hash reuses most: 60.0\u00a0%');
    expect(page).not.toMatch(/oracle reuses most/);
    expect(page).not.toContain('Checks that hold');
  });

  it('names no single best where no difference is shown', () => {
    const sentence = (...rows: SimulatedRow[]) =>
      renderTerminal(report({ rows }), { ...PLAIN_LOOK, width: Infinity });
    const [a, b, c] = [row('prefix', 0.6), row('lookup', 0.601), row('random', 0.4)];
    expect(sentence(a, b, c)).toContain(
      'prefix and lookup reuse most: 60.1 % of all prompt tokens; no difference between them is shown.',
    );
    expect(sentence(a, c)).toContain('prefix reuses most: 60.0 % of all prompt tokens.');
    const single = { ...a, metrics: { hit_rate: { mean: 0.6, interval: null } } };
    expect(sentence(single, { ...single, policy: 'lookup' })).toContain('prefix and lookup reuse');
    expect(sentence(single, row('random', 0.59))).toContain('prefix reuses most');
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((policy) => row(policy, 0.5));
    expect(sentence(...many)).toContain('a, b, c and 3 more reuse most');
  });

  it('has milliseconds on its axes, neither thousands nor thousandths of them', () => {
    const rows = [0.5, 1, 2].flatMap((speed) => [row('prefix', 0.5, { speed })]);
    const ticks = [...renderHtml(report({ rows })).matchAll(/<text[^>]*>([^<]+)<\/text>/g)];
    expect(ticks.map(([, text]) => text!.trim()).filter((it) => /^[\d.]+[mk]$/.test(it))).toEqual(
      [],
    );
  });
});

import { describe, expect, it } from 'vitest';
import { headline } from '../../src/report/headline.ts';
import { capacityTables } from '../../src/report/capacity-tables.ts';
import { capacityFigures } from '../../src/report/html/capacity-figures.ts';
import { capacityTiles } from '../../src/report/html/capacity-tiles.ts';
import { sampleCapacityReport } from './capacity-report.ts';

describe('a report of a capacity', () => {
  const report = sampleCapacityReport();

  it('says what routing carries in one sentence', () => {
    expect(headline(report)).toBe(
      'On the same engines routing carries 1.77× (95 %: 1.66× to 1.92×) the requests within ttft.p95 < 500ms.',
    );
  });

  it('says of one search between which rates its limit lies', () => {
    const { curves } = report.result;
    const alone = sampleCapacityReport([{ ...curves[0]!, arm: '' }]);
    expect(headline(alone)).toBe('ttft.p95 < 500ms holds at 22.6/s, fails at 24.1/s.');
    const none = sampleCapacityReport([{ ...curves[0]!, arm: '', held: null, end: 'never' }]);
    expect(headline(none)).toBe('No rate was seen to hold ttft.p95 < 500ms.');
    expect(headline(sampleCapacityReport([]))).toBe('No rate was tried.');
  });

  it('has engines and money, and the rates of each curve in their order', () => {
    const [gain, off, on] = capacityTables(report.result);
    expect(gain!.rows.map(([name]) => name)).toEqual([
      'routing off',
      'routing on',
      'carried, on ÷ off',
      'engines saved',
      'saved per hour',
    ]);
    expect(gain!.rows[3]![1]).toBe('3.1 (95 %: 2.66 to 3.66)');
    expect(off!.rows.map(([rate]) => rate)).toEqual(['22.6/s', '24.1/s', '45.2/s']);
    expect(on!.rows[1]).toEqual([
      '40.1/s',
      'holds',
      '800',
      '143 ms',
      '430 ms (387 to 473 ms)',
      '98.0 %',
      '39.3',
      '62.0 %',
    ]);
  });

  it('plots both curves twice, and nothing where nothing was asked', () => {
    expect(capacityFigures(report.result).map(({ id }) => id)).toEqual([
      'rate-first-token',
      'rate-goodput',
    ]);
    expect(capacityFigures({ ...report.result, curves: [] })).toEqual([]);
  });

  it('has a tile for each figure that is known', () => {
    expect(capacityTiles(report).map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Carried, on ÷ off: 1.77',
      'Carried, routing off: 22.6/s',
      'Carried, routing on: 40.1/s',
      'Engines saved: 3.1',
      'Saved per hour: 7.74',
    ]);
  });
});

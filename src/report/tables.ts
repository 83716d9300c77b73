import { sumOf } from '../base/lists.ts';
import { formatShare } from '../verify/result/format.ts';
import { type PercentileTime, type TimeMetric, timesOf } from './load-times.ts';
import type { LoadFigures, Report } from './model.ts';
import { simulateTables } from './simulate-tables.ts';
import type { Table } from './table.ts';
import { verifyTables } from './verify-tables.ts';

/** The tables of a report, the most telling one first; empty ones are left out. */
export function tablesOf(report: Report): Table[] {
  return tablesOfKind(report).filter(({ rows, notes }) => rows.length > 0 || notes.length > 0);
}

function tablesOfKind(report: Report): Table[] {
  switch (report.kind) {
    case 'verify':
      return verifyTables(report.result);
    case 'load':
      return [metricTable(report.result), endpointTable(report.result.servedBy)];
    case 'simulate':
      return simulateTables(report.result);
    case 'run':
      return [];
  }
}

const METRIC_NAMES = { latency: 'latency', ttft: 'TTFT', itl: 'ITL', tpot: 'TPOT' } as const;

function metricTable(result: LoadFigures): Table {
  const metrics = Object.keys(METRIC_NAMES) as TimeMetric[];
  return {
    title: 'times',
    head: ['', 'n', 'mean', 'p50', 'p95', 'p99'],
    rows: metrics
      .filter((metric) => result[metric].n > 0)
      .map((metric) => {
        const { mean = '–', percentile } = timesOf(result, metric);
        const percentiles = [50, 95, 99].map((percent) => percentileText(percentile(percent)));
        return [METRIC_NAMES[metric], `${result[metric].n}`, mean, ...percentiles];
      }),
    notes: [],
  };
}

function percentileText({ value, ends }: PercentileTime): string {
  if (value === undefined) return 'too few';
  return ends === undefined ? `${value} (not resolved)` : `${value} (${ends.join('–')})`;
}

function endpointTable(servedBy: Readonly<Record<string, number>>): Table {
  const total = sumOf(Object.values(servedBy));
  return {
    title: 'served by',
    head: ['', 'requests', 'share'],
    rows: Object.entries(servedBy)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => [name, `${count}`, formatShare(count / total)]),
    notes: [],
  };
}

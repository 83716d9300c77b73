import { formatDuration } from '../base/duration.ts';
import { formatMs, formatShare } from '../verify/result/format.ts';
import type { LoadFigures, MetricFigures, PercentileFigure, Report } from './model.ts';
import { verifyTables } from './verify-tables.ts';

/** Figures of a report as people read them. The first column names the row. */
export interface Table {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** What must not be missed beside the figures, each a sentence. */
  notes: readonly string[];
}

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
    case 'run':
      return [];
  }
}

function metricTable(result: LoadFigures): Table {
  const metrics = {
    latency: result.latency,
    TTFT: result.ttft,
    ITL: result.itl,
    TPOT: result.tpot,
  };
  return {
    title: 'times',
    head: ['', 'n', 'mean', 'p50', 'p95', 'p99'],
    rows: Object.entries(metrics)
      .filter(([, { n }]) => n > 0)
      .map(([name, figures]) => [
        name,
        `${figures.n}`,
        formatMs(figures.mean),
        ...[50, 95, 99].map((percent) => percentileText(figures, percent)),
      ]),
    notes: [],
  };
}

function percentileText({ percentiles }: MetricFigures, percent: number): string {
  const found: PercentileFigure | undefined = percentiles.find((it) => it.percent === percent);
  if (!found || found.value === null) return 'too few';
  if (!found.interval) return `${formatDuration(found.value)} (not resolved)`;
  const { low, high } = found.interval;
  return `${formatDuration(found.value)} (${formatDuration(low)}–${formatDuration(high)})`;
}

function endpointTable(servedBy: Readonly<Record<string, number>>): Table {
  const total = Object.values(servedBy).reduce((sum, it) => sum + it, 0);
  return {
    title: 'served by',
    head: ['', 'requests', 'share'],
    rows: Object.entries(servedBy)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => [name, `${count}`, formatShare(count / total)]),
    notes: [],
  };
}

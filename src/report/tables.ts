import { formatCount } from '../base/figures.ts';
import { sumOf } from '../base/lists.ts';
import { calibrateTables } from './calibrate-tables.ts';
import { formatShare } from '../verify/result/format.ts';
import { capacityTables } from './capacity-tables.ts';
import { metricTable } from './load-table.ts';
import { stepTable } from './run-table.ts';
import type { Report } from './model.ts';
import { promptsTables } from './prompts-tables.ts';
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
    case 'capacity':
      return capacityTables(report.result);
    case 'simulate':
      return simulateTables(report.result);
    case 'run':
      return [stepTable(report.result)];
    case 'prompts':
      return promptsTables(report.result);
    case 'calibrate':
      return calibrateTables(report.result);
  }
}

function endpointTable(servedBy: Readonly<Record<string, number>>): Table {
  const total = sumOf(Object.values(servedBy));
  return {
    title: 'served by',
    head: ['', 'requests', 'share'],
    rows: Object.entries(servedBy)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => [name, formatCount(count), formatShare(count / total)]),
    notes: [],
  };
}

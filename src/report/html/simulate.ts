import * as Plot from '@observablehq/plot';
import { formatDuration } from '../../base/duration.ts';
import { rowName } from '../../simulate/result/judge.ts';
import type { SimulatedRow } from '../../simulate/result/result.ts';
import type { SimulateReport } from '../model.ts';
import { bestSentence, simulateTables } from '../simulate-tables.ts';
import type { Figure } from './figure.ts';
import { drawPlot, percentTick, type PlotWidth } from './svg.ts';
import { sweepFigures } from './sweep.ts';

const ROW_HEIGHT = 44;
/** In words; the table has them all. */
const ROWS_TOLD_MAX = 8;

/** What becomes of reusable tokens, and how long the first one takes, policy by policy. */
export function simulateFigures({ result }: SimulateReport): Figure[] {
  const { rows } = result;
  if (rows.length === 0) return [];
  const tables = simulateTables(result).map(({ title, head, rows: cells }) => ({
    caption: title,
    head,
    rows: cells,
  }));
  return [
    ...sweepFigures(rows),
    {
      id: 'tokens',
      title: 'What becomes of reusable tokens',
      summary: [bestSentence(rows)],
      reading:
        'A bar is all prompt tokens that an earlier prompt began with. Its filled part came from a cache; the rest was lost, the table says to what.',
      plot: tokensPlot(rows),
      tables,
    },
    {
      id: 'first-token',
      title: 'Time to the first token',
      summary: rows.slice(0, ROWS_TOLD_MAX).map(firstTokenText),
      reading:
        'Circles are medians, squares 95th percentiles, means over seeds; lines are 95 % intervals. Further left is better.',
      plot: ttftPlot(rows),
      tables: tables.slice(0, 1),
    },
  ];
}

function firstTokenText(row: SimulatedRow): string {
  const [middle, late] = ['ttft.p50', 'ttft.p95'].map((name) => {
    const mean = row.metrics[name]?.mean ?? null;
    return mean === null ? 'unknown' : formatDuration(mean);
  });
  return `${rowName(row)}: median ${middle}, 95th percentile ${late}.`;
}

function frame(rows: readonly SimulatedRow[]): Plot.PlotOptions {
  return {
    height: rows.length * ROW_HEIGHT + 64,
    marginLeft: 12,
    marginTop: 20,
    y: { domain: rows.map(rowName), axis: null, padding: 0.55 },
  };
}

function labels(rows: readonly SimulatedRow[]) {
  return Plot.text(rows, {
    y: rowName,
    x: () => 0,
    text: rowName,
    textAnchor: 'start',
    dx: 4,
    dy: -17,
  });
}

function tokensPlot(rows: readonly SimulatedRow[]): Figure['plot'] {
  const mean = (name: string) => (row: SimulatedRow) => row.metrics[name]?.mean ?? 0;
  return drawPlot((width: PlotWidth) => ({
    ...frame(rows),
    x: {
      label: 'share of prompt tokens',
      grid: true,
      zero: true,
      ticks: width === 'wide' ? 8 : 4,
      tickFormat: percentTick,
    },
    marks: [
      Plot.barX(rows, {
        y: rowName,
        x: mean('ceiling'),
        stroke: 'var(--soft)',
        strokeDasharray: '3 3',
        fill: 'none',
      }),
      Plot.barX(rows, { y: rowName, x: mean('hit_rate'), fill: 'var(--series-3)' }),
      labels(rows),
      Plot.ruleX([0]),
    ],
  }));
}

function ttftPlot(rows: readonly SimulatedRow[]): Figure['plot'] {
  const points = rows.flatMap((row) =>
    ['ttft.p50', 'ttft.p95'].flatMap((name) => {
      const { mean = null, interval = null } = row.metrics[name] ?? {};
      return mean === null ? [] : [{ name, row: rowName(row), mean, interval }];
    }),
  );
  return drawPlot((width: PlotWidth) => ({
    ...frame(rows),
    x: {
      label: 'TTFT (ms)',
      grid: true,
      zero: true,
      ticks: width === 'wide' ? 8 : 4,
      tickFormat: ',~r',
    },
    symbol: { domain: ['ttft.p50', 'ttft.p95'], range: ['circle', 'square'] },
    marks: [
      Plot.link(
        points.filter(({ interval }) => interval !== null),
        {
          y: 'row',
          x1: ({ interval }: (typeof points)[number]) => interval!.low,
          x2: ({ interval }: (typeof points)[number]) => interval!.high,
          stroke: 'var(--series-3)',
        },
      ),
      Plot.dot(points, { y: 'row', x: 'mean', symbol: 'name', fill: 'var(--series-3)', r: 5 }),
      labels(rows),
      Plot.ruleX([0]),
    ],
  }));
}

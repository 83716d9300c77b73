import { sumOf } from '../../base/lists.ts';
import * as Plot from '@observablehq/plot';
import { formatDuration } from '../../base/duration.ts';
import { formatShare } from '../../verify/result/format.ts';
import type { Report } from '../model.ts';
import { type EndpointSeries, requestsOverTime } from '../series.ts';
import type { Figure } from './figure.ts';
import { drawPlot } from './svg.ts';
import type { HtmlTable } from './table.ts';

/** Panels of the plot; the endpoints with the fewest requests share the last one. */
const PANELS_MAX = 8;
const NAME_LENGTH_MAX = 40;

interface Row {
  name: string;
  counts: readonly number[];
  total: number;
}

/** Who served how much when; undefined when nobody knows. */
export function endpointsFigure(report: Report): Figure | undefined {
  const series = requestsOverTime(report);
  if (!series) return undefined;
  const rows = rowsOf(series);
  const all = sumOf(rows, (it) => it.total);
  const shares = rows.map(({ name, total }) => `${name} ${total} (${formatShare(total / all)})`);
  const shown = grouped(rows);
  return {
    id: 'endpoints',
    title: 'Requests per endpoint over time',
    summary: [
      `${all} requests: ${shares.slice(0, PANELS_MAX).join(', ')}${shares.length > PANELS_MAX ? `, and ${shares.length - PANELS_MAX} more endpoints` : ''}.`,
    ],
    reading: `One panel per endpoint, all to the same scale; each bar counts the requests that started within ${formatDuration(series.sliceMs)}.`,
    plot: plotOf(shown, series),
    tables: [totals(rows, all), slices(rows, series)],
  };
}

function rowsOf({ counts }: EndpointSeries): Row[] {
  return [...counts]
    .map(([name, row]) => ({ name, counts: row, total: sumOf(row) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function grouped(rows: readonly Row[]): Row[] {
  if (rows.length <= PANELS_MAX) return [...rows];
  const largest = rows.toSorted((a, b) => b.total - a.total).slice(0, PANELS_MAX - 1);
  const kept = rows.filter((it) => largest.includes(it));
  const rest = rows.filter((it) => !largest.includes(it));
  const counts = rest[0]!.counts.map((_, slice) => sumOf(rest, (it) => it.counts[slice]!));
  const total = sumOf(rest, (it) => it.total);
  return [...kept, { name: `${rest.length} other endpoints`, counts, total }];
}

function plotOf(rows: readonly Row[], { sliceMs }: EndpointSeries): Figure['plot'] {
  const bars = rows.flatMap(({ name, counts }) =>
    counts.map((count, slice) => ({
      name,
      count,
      fromS: (slice * sliceMs) / 1_000,
      toS: ((slice + 1) * sliceMs) / 1_000,
    })),
  );
  // More ticks than requests would name fractions of one.
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return drawPlot((width) => ({
    height: rows.length * 92 + 70,
    marginLeft: 48,
    marginTop: 28,
    x: { label: 'seconds since the first request', ticks: width === 'wide' ? 8 : 4 },
    y: { label: null, grid: true, ticks: Math.min(3, most), tickFormat: 'd' },
    fy: { domain: rows.map((it) => it.name), padding: 0.3, axis: null },
    marks: [
      Plot.text(rows, {
        fy: 'name',
        text: ({ name }) => `${shorten(name)}, requests`,
        frameAnchor: 'top-left',
        dy: -15,
        fontWeight: 600,
      }),
      Plot.rectY(
        bars.filter(({ count }) => count > 0),
        {
          fy: 'name',
          x1: 'fromS',
          x2: 'toS',
          y: 'count',
          fill: 'var(--series-3)',
          inset: 0.5,
          className: 'slice',
        },
      ),
      Plot.ruleY(rows, { fy: 'name', y: () => 0 }),
    ],
  }));
}

function shorten(name: string): string {
  return name.length > NAME_LENGTH_MAX ? `${name.slice(0, NAME_LENGTH_MAX - 1)}…` : name;
}

function totals(rows: readonly Row[], all: number): HtmlTable {
  return {
    caption: 'Requests by the endpoint that served them',
    head: ['endpoint', 'requests', 'share'],
    rows: rows.map(({ name, total }) => [name, total, formatShare(total / all)]),
  };
}

function slices(rows: readonly Row[], { sliceMs, slices }: EndpointSeries): HtmlTable {
  return {
    caption: 'Requests started per slice of time',
    head: ['from (s)', ...rows.map((it) => it.name)],
    rows: Array.from({ length: slices }, (_, slice) => [
      ((slice * sliceMs) / 1_000).toFixed(3),
      ...rows.map(({ counts }) => counts[slice]!),
    ]),
  };
}

import * as Plot from '@observablehq/plot';
import type { CapacityCurve, CapacityFigures, CapacityStep } from '../../capacity/result.ts';
import { limitText } from '../../capacity/text.ts';
import { capacityTables, curveName } from '../capacity-tables.ts';
import type { Figure } from './figure.ts';
import { lookAt, type SeriesLook } from './palette.ts';
import { drawPlot, type PlotWidth } from './svg.ts';

interface Point {
  curve: number;
  rate: number;
  value: number;
  isHeld: boolean;
}

interface Plotted {
  id: string;
  title: string;
  label: string;
  reading: string;
  valueOf: (step: CapacityStep) => number | null;
  /** Where all that is asked for is good. */
  hasDiagonal: boolean;
}

const PLOTS: readonly Plotted[] = [
  {
    id: 'rate-first-token',
    title: 'Time to the first token over the rate',
    label: 'p95 (ms)',
    reading:
      'A filled marker held, an empty one did not. Where a line turns up, the engines are full.',
    valueOf: ({ ttft, latency }) => ttft.p95 ?? latency.p95,
    hasDiagonal: false,
  },
  {
    id: 'rate-goodput',
    title: 'Goodput over the rate',
    label: 'good requests/s',
    reading:
      'Requests that kept every bound, per second. Below the dashed line some of those asked for did not.',
    valueOf: ({ goodputPerSecond }) => goodputPerSecond,
    hasDiagonal: true,
  },
];

/** Both curves of a search, of each way to serve. */
export function capacityFigures(result: CapacityFigures): Figure[] {
  const { curves } = result;
  if (curves.every(({ steps }) => steps.length === 0)) return [];
  const tables = capacityTables(result)
    .filter(({ head }) => head.length > 2)
    .map(({ title, head, rows }) => ({ caption: title, head, rows }));
  return PLOTS.map((plotted, index) => ({
    id: plotted.id,
    title: plotted.title,
    summary: curves.map((it) => [curveName(it), limitText(it)].filter(Boolean).join(': ')),
    reading: plotted.reading,
    plot: plotOf(curves, plotted),
    legend: curves.map((it, at) => ({ name: curveName(it) || 'measured', look: lookAt(at) })),
    tables: index === 0 ? tables : [],
  }));
}

function pointsOf(curves: readonly CapacityCurve[], valueOf: Plotted['valueOf']): Point[] {
  return curves.flatMap(({ steps }, curve) =>
    steps
      .flatMap((step): Point[] => {
        const value = valueOf(step);
        const isHeld = step.verdict === 'holds';
        return value === null ? [] : [{ curve, rate: step.rate, value, isHeld }];
      })
      .toSorted((a, b) => a.rate - b.rate),
  );
}

function plotOf(
  curves: readonly CapacityCurve[],
  { label, valueOf, hasDiagonal }: Plotted,
): Figure['plot'] {
  const points = pointsOf(curves, valueOf);
  const most = Math.max(...points.map(({ rate }) => rate));
  const diagonal = [
    Plot.line(
      [
        [0, 0],
        [most, most],
      ],
      { stroke: 'var(--soft)', strokeDasharray: '3 3' },
    ),
  ];
  return drawPlot((width: PlotWidth) => ({
    height: width === 'wide' ? 340 : 280,
    marginLeft: 56,
    marginTop: 30,
    inset: 8,
    x: {
      label: 'requests/s asked for',
      grid: true,
      ticks: width === 'wide' ? 8 : 4,
      tickFormat: '~s',
    },
    y: { label, grid: true, zero: true, ticks: 6, tickFormat: '~s' },
    marks: [
      ...(hasDiagonal ? diagonal : []),
      ...curves.flatMap((_, curve) =>
        curveMarks(
          points.filter((it) => it.curve === curve),
          lookAt(curve),
        ),
      ),
    ],
  }));
}

function curveMarks(
  points: readonly Point[],
  { colour, dash, symbol }: SeriesLook,
): Plot.Markish[] {
  const fill = ({ isHeld }: Point): string => (isHeld ? colour : 'var(--paper)');
  return [
    Plot.line(points, { x: 'rate', y: 'value', stroke: colour, strokeDasharray: dash }),
    Plot.dot(points, { x: 'rate', y: 'value', stroke: colour, fill, symbol, r: 5 }),
  ];
}

import * as Plot from '@observablehq/plot';
import type { SeedEstimate } from '../../simulate/result/estimate.ts';
import type { SimulatedRow } from '../../simulate/result/result.ts';
import type { Figure } from './figure.ts';
import { lookAt } from './palette.ts';
import { countTick, drawPlot, percentTick, type PlotWidth } from './svg.ts';

const CURVES = [
  { metric: 'hit_rate', title: 'Hit rate', label: 'share of prompt tokens', isShare: true },
  { metric: 'ttft.p95', title: 'TTFT p95', label: 'ms', isShare: false },
] as const;

/** Curves over an axis that a sweep went along while all others stood still; none without such an axis. */
export function sweepFigures(rows: readonly SimulatedRow[]): Figure[] {
  const axes = axesOf(rows);
  const [axis] = axes;
  if (axis === undefined || axes.length > 1) return [];
  return CURVES.map(({ metric, title, label, isShare }) => {
    const points = pointsOf(rows, axis, metric);
    const policies = [...new Set(points.map((it) => it.policy))];
    return {
      id: `sweep-${metric.replaceAll(/[._]/g, '-')}`,
      title: `${title} over ${axis}`,
      summary: [
        `${title} of ${policies.length} policies at ${new Set(points.map((it) => it.at)).size} values.`,
      ],
      reading: 'A marker is the mean over seeds, the bar across it its 95 % interval.',
      plot: plotOf(points, { axis, label, isShare, policies }),
      legend: policies.map((name, index) => ({ name, look: lookAt(index) })),
      tables: [
        {
          caption: `${title} over ${axis}`,
          head: ['policy', axis, 'mean', 'low', 'high'],
          rows: points.map((it) => [
            it.policy,
            it.at,
            it.mean,
            it.low ?? 'unknown',
            it.high ?? 'unknown',
          ]),
        },
      ],
    };
  });
}

/** Names of settings with more than one value. */
function axesOf(rows: readonly SimulatedRow[]): string[] {
  const names = new Set(rows.flatMap(({ setting }) => Object.keys(setting)));
  return [...names].filter((name) => new Set(rows.map((it) => it.setting[name])).size > 1);
}

interface Point {
  policy: string;
  at: number;
  mean: number;
  low: number | null;
  high: number | null;
}

function pointsOf(rows: readonly SimulatedRow[], axis: string, metric: string): Point[] {
  return rows.flatMap(({ policy, setting, metrics }) => {
    const { mean = null, interval = null }: Partial<SeedEstimate> = metrics[metric] ?? {};
    const at = setting[axis];
    if (mean === null || at === undefined) return [];
    return [{ policy, at, mean, low: interval?.low ?? null, high: interval?.high ?? null }];
  });
}

function plotOf(
  points: readonly Point[],
  {
    axis,
    label,
    isShare,
    policies,
  }: { axis: string; label: string; isShare: boolean; policies: readonly string[] },
): Figure['plot'] {
  const lookOf = ({ policy }: Point) => lookAt(policies.indexOf(policy));
  return drawPlot((width: PlotWidth) => ({
    height: width === 'wide' ? 340 : 280,
    marginLeft: 56,
    marginTop: 30,
    inset: 8,
    x: { label: axis, grid: true, ticks: width === 'wide' ? 8 : 4, tickFormat: countTick },
    y: {
      label,
      grid: true,
      zero: true,
      ticks: 6,
      tickFormat: isShare ? percentTick : ',~r',
    },
    marks: [
      ...policies.map((policy, index) =>
        Plot.line(
          points.filter((it) => it.policy === policy),
          {
            x: 'at',
            y: 'mean',
            sort: 'at',
            stroke: lookAt(index).colour,
            strokeDasharray: lookAt(index).dash,
          },
        ),
      ),
      Plot.ruleX(
        points.filter((it) => it.low !== null),
        { x: 'at', y1: 'low', y2: 'high', stroke: (it: Point) => lookOf(it).colour },
      ),
      ...policies.map((policy, index) =>
        Plot.dot(
          points.filter((it) => it.policy === policy),
          { x: 'at', y: 'mean', fill: lookAt(index).colour, symbol: lookAt(index).symbol, r: 5 },
        ),
      ),
    ],
  }));
}

import * as Plot from '@observablehq/plot';
import { formatDuration } from '../../base/duration.ts';
import { percentile, sortedCopy } from '../../stats/percentile.ts';
import { comparisonName } from '../../verify/result/names.ts';
import type { Comparison } from '../../verify/result/result-arms.ts';
import type { VerifyReport } from '../model.ts';
import { blocksOfArm } from '../series.ts';
import type { Figure } from './figure.ts';
import { drawPlot } from './svg.ts';
import { type HtmlTable, sixDigits } from './table.ts';

/** Gateway tax compares certain hits only, so whole blocks would show something else. */
const PLOTTED: readonly Comparison['id'][] = [
  'routing-gain',
  'cache-and-routing',
  'cache-gain',
  'null',
];

interface Pair {
  series: string;
  round: number;
  baseMs: number;
  treatmentMs: number;
  differenceMs: number;
}

/** What every round says on its own; undefined when no two arms share a round. */
export function pairedFigure(report: VerifyReport): Figure | undefined {
  const found = PLOTTED.flatMap((id) => report.result.comparisons.filter((it) => it.id === id))
    .map((comparison) => ({ comparison, pairs: pairsOf(report, comparison) }))
    .filter(({ pairs }) => pairs.length > 0);
  if (found.length === 0) return undefined;
  const statistic = found[0]!.comparison.statistic;
  const pairs = found.flatMap((it) => it.pairs);
  return {
    id: 'paired',
    title: 'Differences round by round',
    summary: found.map((it) => sentence(it.comparison, it.pairs)),
    reading: `One stem per round: ${statistic} of TTFT with the treatment minus without it, both measured in that round. Stems below the line mean faster. Stems that point one way in every round are a stable effect; the last panel compares an arm with itself and shows the noise.`,
    plot: plotOf(pairs),
    tables: [pairTable(pairs, statistic)],
  };
}

function pairsOf(
  report: VerifyReport,
  { id, base, treatment, metric, statistic }: Comparison,
): Pair[] {
  const percent = Number(statistic.slice(1));
  const [before, after] = [base, treatment].map((arm) => blocksOfArm(report, arm, metric));
  return [...before!.keys()]
    .filter((round) => after!.has(round))
    .toSorted((a, b) => a - b)
    .map((round) => {
      const [baseMs, treatmentMs] = [before!, after!].map((blocks) =>
        percentile(sortedCopy(blocks.get(round)!), percent),
      ) as [number, number];
      const differenceMs = treatmentMs - baseMs;
      return { series: seriesName(id), round, baseMs, treatmentMs, differenceMs };
    });
}

function sentence({ id }: Comparison, pairs: readonly Pair[]): string {
  const faster = pairs.filter(({ differenceMs }) => differenceMs < 0).length;
  const middle = percentile(sortedCopy(pairs.map((it) => it.differenceMs)), 50);
  return `${seriesName(id)}: faster in ${faster} of ${pairs.length} rounds, median difference ${formatDuration(middle)}.`;
}

/** `routing gain: routing off (B) → on (C)`. */
function seriesName(id: Comparison['id']): string {
  const { name, question } = comparisonName(id);
  return `${name}: ${question}`;
}

const PANEL_HEIGHT = 150;

function plotOf(pairs: readonly Pair[]): Figure['plot'] {
  const names = [...new Set(pairs.map(({ series }) => series))];
  return drawPlot((width) => ({
    height: names.length * PANEL_HEIGHT + 70,
    marginLeft: 56,
    marginTop: 28,
    x: { label: 'round', interval: 1, tickFormat: 'd', ticks: width === 'wide' ? 12 : 6, inset: 8 },
    // Room above for the panel's name, and for the dots below.
    y: { label: null, grid: true, ticks: 4, tickFormat: ',~r', nice: true, inset: 6 },
    fy: { domain: names, padding: 0.3, axis: null },
    marks: [
      Plot.text(names, {
        fy: (name) => name,
        text: (name) => `${name}, ms`,
        frameAnchor: 'top-left',
        dy: -17,
        fontWeight: 600,
      }),
      Plot.ruleY(names, { fy: (name) => name, y: () => 0, stroke: 'currentColor' }),
      Plot.ruleX(pairs, {
        fy: 'series',
        x: 'round',
        y1: () => 0,
        y2: 'differenceMs',
        stroke: 'var(--series-3)',
        strokeWidth: 1.5,
      }),
      Plot.dot(pairs, {
        fy: 'series',
        x: 'round',
        y: 'differenceMs',
        fill: 'var(--series-3)',
        r: 3.5,
        className: 'pair',
      }),
    ],
  }));
}

function pairTable(pairs: readonly Pair[], statistic: string): HtmlTable {
  return {
    caption: `${statistic} of TTFT per round, milliseconds`,
    head: ['comparison', 'round', 'base', 'treatment', 'difference'],
    rows: pairs.map(({ series, round, baseMs, treatmentMs, differenceMs }) => [
      series,
      round,
      ...[baseMs, treatmentMs, differenceMs].map(sixDigits),
    ]),
  };
}

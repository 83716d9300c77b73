import * as Plot from '@observablehq/plot';
import { formatDuration } from '../../base/duration.ts';
import type { Report } from '../model.ts';
import type { SampleMetric } from '../series.ts';
import { type Curve, curvesOf, PERCENTS } from './curves.ts';
import { ecdfSteps, STEPS_MAX } from './ecdf.ts';
import type { Figure } from './figure.ts';
import { armName } from '../../verify/result/names.ts';
import { lookOfArm } from './palette.ts';
import { drawPlot, percentTick } from './svg.ts';
import { type HtmlTable, sixDigits } from './table.ts';

const NAMES: Readonly<Record<SampleMetric, string>> = {
  ttft: 'Time to first token',
  latency: 'Latency of the whole answer',
};
/** From this spread on a linear axis would press the fast requests into one line. */
const LOG_SPREAD = 20;

/** Empirical distributions per arm with the stated percentiles; undefined without values. */
export function distributionFigure(report: Report, metric: SampleMetric): Figure | undefined {
  const curves = curvesOf(report, metric).map((curve) => ({
    ...curve,
    // A report may state no figures for an arm; its curve then stands for the successes alone.
    total: Math.max(curve.total, curve.values.length),
  }));
  if (curves.length === 0) return undefined;
  return {
    id: `distribution-${metric}`,
    title: `${NAMES[metric]}, distribution`,
    summary: summaryOf(curves),
    reading: readingOf(curves),
    plot: plotOf(curves, metric),
    legend: curves.map(({ arm }) => ({ name: armName(arm), look: lookOfArm(arm) })),
    tables: [percentileTable(curves, metric), stepTable(curves, metric)],
  };
}

function summaryOf(curves: readonly Curve[]): string[] {
  return curves.map(({ arm, marks }) => {
    const [p50, p95] = [50, 95].map((percent) => marks.find((it) => it.percent === percent));
    return `${armName(arm)}: half within ${msText(p50?.value)}, 95 % within ${msText(p95?.value)}.`;
  });
}

function msText(value: number | null | undefined): string {
  return value === null || value === undefined ? 'an unresolved time' : formatDuration(value);
}

function readingOf(curves: readonly Curve[]): string {
  const thinned = curves.some(({ values }) => values.length > STEPS_MAX)
    ? ` Curves are drawn with about ${STEPS_MAX} steps: each is a measured value with its exact share, and between them the drawn curve is at most ${100 / STEPS_MAX} percentage points too low.`
    : ' Every measured value is a step.';
  const failed = curves.some(({ total, values }) => total > values.length)
    ? ' Failed requests never arrive: a curve with failures ends below 100 %.'
    : '';
  return `A curve further left is faster. Markers: p50, p95 and p99; bars: their 95 % intervals, where the sample resolves them, set apart a little so that all are seen.${thinned}${failed}`;
}

function plotOf(curves: readonly Curve[], metric: SampleMetric): Figure['plot'] {
  const all = curves.flatMap(({ values }) => [values[0]!, values.at(-1)!]);
  const isLog = Math.min(...all) > 0 && Math.max(...all) / Math.min(...all) > LOG_SPREAD;
  return drawPlot((width) => ({
    height: width === 'wide' ? 380 : 300,
    marginLeft: 48,
    marginTop: 30,
    marginRight: 24,
    x: {
      type: isLog ? 'log' : 'linear',
      label: `${metric === 'ttft' ? 'TTFT' : 'latency'} (ms${isLog ? ', logarithmic' : ''})`,
      grid: true,
      ticks: width === 'wide' ? 8 : 4,
      tickFormat: ',~r',
    },
    y: { label: 'requests within', domain: [0, 1], grid: true, tickFormat: percentTick },
    marks: [
      Plot.ruleY([0]),
      ...curves.flatMap((curve, index) =>
        curveMarks(curve, BAR_STEP * (index - (curves.length - 1) / 2)),
      ),
    ],
  }));
}

/** Pixels between the bars of neighbouring arms, which would else hide each other. */
const BAR_STEP = 4;

function curveMarks({ arm, values, total, marks }: Curve, barShift: number): Plot.Markish[] {
  const { colour, dash, symbol } = lookOfArm(arm);
  const steps = ecdfSteps(values, total, PERCENTS);
  const known = marks.filter(({ value }) => value !== null);
  return [
    Plot.line([{ ms: steps[0]!.ms, share: 0 }, ...steps], {
      x: 'ms',
      y: 'share',
      curve: 'step-after',
      stroke: colour,
      strokeDasharray: dash,
      strokeWidth: 1.75,
      className: 'curve',
    }),
    Plot.ruleY(
      known.filter(({ interval }) => interval !== null),
      {
        y: ({ percent }) => percent / 100,
        x1: ({ interval }) => interval.low,
        x2: ({ interval }) => interval.high,
        stroke: colour,
        dy: barShift,
        strokeWidth: 2.5,
        strokeOpacity: 0.7,
        className: 'interval',
      },
    ),
    Plot.dot(known, {
      x: 'value',
      y: ({ percent }) => percent / 100,
      symbol,
      r: 5,
      fill: colour,
      stroke: 'var(--paper)',
      className: 'percentile',
    }),
  ];
}

function percentileTable(curves: readonly Curve[], metric: SampleMetric): HtmlTable {
  return {
    caption: `${NAMES[metric]} per arm: percentiles by nearest rank with 95 % intervals, milliseconds`,
    head: ['arm', 'requests', 'successes', ...PERCENTS.flatMap((it) => [`p${it}`, 'interval'])],
    rows: curves.map(({ arm, total, values, marks }) => [
      armName(arm),
      total,
      values.length,
      ...PERCENTS.flatMap((percent) => {
        const mark = marks.find((it) => it.percent === percent);
        const ends = mark?.interval;
        return [
          mark?.value == null ? 'too few' : sixDigits(mark.value),
          ends ? `${sixDigits(ends.low)} to ${sixDigits(ends.high)}` : 'not resolved',
        ];
      }),
    ]),
  };
}

/** Percentages at which the table reads the curves off; the raw samples have the rest. */
const READ_OFF = [1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 100];

function stepTable(curves: readonly Curve[], metric: SampleMetric): HtmlTable {
  return {
    caption: `${NAMES[metric]}: the time within which that share of the requests was answered, milliseconds`,
    head: ['share', ...curves.map(({ arm }) => armName(arm))],
    rows: READ_OFF.map((percent) => [
      `${percent} %`,
      ...curves.map(({ values, total }) => {
        const rank = Math.max(1, Math.ceil((percent / 100) * total));
        const value = values[rank - 1];
        return value === undefined ? 'not reached' : sixDigits(value);
      }),
    ]),
  };
}

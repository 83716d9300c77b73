import * as Plot from '@observablehq/plot';
import { sumOf } from '../../base/lists.ts';
import { formatCount } from '../../base/figures.ts';
import type { ReportSample, RunReport } from '../model.ts';
import type { Figure } from './figure.ts';
import { drawPlot } from './svg.ts';

interface Dot {
  id: string;
  step: string;
  servedBy: string;
  seconds: number;
  promptTokens: number;
  cachedTokens: number;
}

/** Cached tokens of every answer of a scenario, as it went on; undefined where none reports them. */
export function cachedFigure({ samples }: RunReport): Figure | undefined {
  const startMs = Math.min(...samples.map((it) => it.startMs ?? Infinity));
  const dots = samples.flatMap((it) => dotOf(it, startMs));
  if (dots.length === 0) return undefined;
  const steps = [...new Set(dots.map(({ step }) => step))];
  return {
    id: 'cached',
    title: 'Cached tokens over time',
    summary: steps.map((step) => sentence(step, dots)),
    reading:
      'One dot per answer: how many of its prompt’s tokens came from the engine’s cache. The cross above it is the whole prompt.',
    plot: plotOf(dots),
    tables: [
      {
        caption: 'Cached tokens by request',
        head: ['request', 'step', 'from (s)', 'served by', 'prompt tokens', 'cached tokens'],
        rows: dots.map((it) => [
          it.id,
          it.step,
          it.seconds.toFixed(3),
          it.servedBy,
          it.promptTokens,
          it.cachedTokens,
        ]),
      },
    ],
  };
}

function dotOf(sample: ReportSample, firstMs: number): Dot[] {
  const { id, arm, servedBy, startMs, promptTokens, cachedTokens, failure } = sample;
  if (failure !== null || startMs === null || promptTokens === null || cachedTokens === null) {
    return [];
  }
  const seconds = (startMs - firstMs) / 1_000;
  const step = arm || 'requests';
  return [{ id, step, servedBy: servedBy ?? 'unknown', seconds, promptTokens, cachedTokens }];
}

function sentence(step: string, dots: readonly Dot[]): string {
  const own = dots.filter((it) => it.step === step);
  const [cached, all] = [sumOf(own, (it) => it.cachedTokens), sumOf(own, (it) => it.promptTokens)];
  return `${step}: ${formatCount(cached)} of ${formatCount(all)} prompt tokens came from a cache.`;
}

function plotOf(dots: readonly Dot[]): Figure['plot'] {
  return drawPlot((width) => ({
    height: 300,
    marginLeft: 60,
    marginTop: 30,
    x: { label: 'seconds since the first request', ticks: width === 'wide' ? 8 : 4 },
    y: { label: 'tokens', grid: true, zero: true, ticks: 5 },
    marks: [
      Plot.ruleY([0]),
      Plot.dot(dots, {
        x: 'seconds',
        y: 'promptTokens',
        symbol: 'times',
        r: 3,
        stroke: 'var(--soft)',
      }),
      Plot.dot(dots, {
        x: 'seconds',
        y: 'cachedTokens',
        r: 3.5,
        fill: 'var(--series-3)',
        className: 'cached',
      }),
    ],
  }));
}

import * as Plot from '@observablehq/plot';
import { formatDuration } from '../../base/duration.ts';
import type { DoseResponse } from '../../verify/result/result-attribution.ts';
import type { VerifyReport } from '../model.ts';
import type { Figure } from './figure.ts';
import { drawPlot } from './svg.ts';

const VERDICTS: Readonly<Record<DoseResponse['verdict'], string>> = {
  causal: 'More cached tokens mean less waiting: the hits cause the gain.',
  none: 'More cached tokens do not mean less waiting: whatever is gained, hits do not cause it.',
  inconclusive: 'Whether cached tokens shorten the wait is open.',
};

/** TTFT over cached tokens; undefined when no dose was measured. */
export function doseFigure({ result }: VerifyReport): Figure | undefined {
  const { doseResponse } = result;
  if (!doseResponse || doseResponse.points.length === 0) return undefined;
  const { points } = doseResponse;
  return {
    id: 'dose',
    title: 'Dose and response',
    summary: [VERDICTS[doseResponse.verdict], slopeText(doseResponse)],
    reading:
      'Prompts of equal length with more and more of them in the cache. A line that falls to the right shows that hits cause the gain. Markers are medians.',
    plot: plotOf(points),
    tables: [
      {
        caption: 'Median TTFT by cached tokens, prompts of equal length',
        head: ['cached tokens', 'TTFT p50 (ms)', 'requests'],
        rows: points.map((it) => [it.cachedTokens, it.ttftMsP50, it.n]),
      },
    ],
  };
}

function slopeText({ msSavedPer1000Tokens: saved }: DoseResponse): string {
  if (!saved) return 'Too few doses for a slope.';
  const ends = saved.interval
    ? ` (95 %: ${formatDuration(saved.interval.low)} to ${formatDuration(saved.interval.high)})`
    : ' (no interval)';
  return `1,000 cached tokens save ${formatDuration(saved.value)}${ends}.`;
}

function plotOf(points: DoseResponse['points']): Figure['plot'] {
  return drawPlot((width) => ({
    height: width === 'wide' ? 340 : 280,
    marginLeft: 56,
    marginTop: 30,
    inset: 8,
    x: { label: 'cached tokens', grid: true, ticks: width === 'wide' ? 8 : 4 },
    y: { label: 'TTFT p50 (ms)', grid: true, zero: true, ticks: 6, tickFormat: ',~r' },
    marks: [
      Plot.line(points, { x: 'cachedTokens', y: 'ttftMsP50', stroke: 'var(--series-3)' }),
      Plot.dot(points, {
        x: 'cachedTokens',
        y: 'ttftMsP50',
        fill: 'var(--series-3)',
        r: 5,
        className: 'dose',
      }),
    ],
  }));
}

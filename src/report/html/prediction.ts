import * as Plot from '@observablehq/plot';
import type { VerifyReport } from '../model.ts';
import { predictedAndActual } from '../series.ts';
import type { Figure } from './figure.ts';
import { armName } from '../../verify/result/names.ts';
import { lookOfArm } from './palette.ts';
import { drawPlot } from './svg.ts';

/** More distinct points than this are drawn on a grid; they would only cover each other. */
const POINTS_MAX = 400;
const GRID_CELLS = 24;

interface Point {
  arm: string;
  predicted: number;
  actual: number;
  requests: number;
}

/** What the gateway promised against what the engine delivered; undefined when either was silent. */
export function predictionFigure(report: VerifyReport): Figure | undefined {
  const requests = predictedAndActual(report);
  if (requests.length === 0) return undefined;
  const largest = requests.reduce((most, it) => Math.max(most, it.predicted, it.actual), 1);
  const exact = countPoints(requests, 1);
  const gridTokens = exact.length > POINTS_MAX ? Math.ceil(largest / GRID_CELLS) : 1;
  const points = gridTokens === 1 ? exact : countPoints(requests, gridTokens);
  const equal = requests.filter((it) => it.predicted === it.actual).length;
  const over = requests.filter((it) => it.predicted > it.actual).length;
  return {
    id: 'prediction',
    title: 'Cached tokens, predicted and actual',
    summary: [
      `Of ${requests.length} requests, ${equal} got exactly the cached tokens that the gateway predicted, ${over} got fewer and ${requests.length - equal - over} got more.`,
      ...withinText(report),
    ],
    reading: `On the diagonal the gateway was right; below it the engine had less cached than predicted. Larger markers stand for more requests.${gridTokens > 1 ? ` Points are drawn on a grid of ${gridTokens} tokens; the saved samples have the exact ones.` : ''}`,
    plot: plotOf(points, largest),
    legend: [...new Set(points.map(({ arm }) => arm))].map((arm) => ({
      name: armName(arm),
      look: lookOfArm(arm),
    })),
    tables: [
      {
        caption: `Requests by predicted and actual cached tokens${gridTokens > 1 ? `, to ${gridTokens} tokens` : ''}`,
        head: ['arm', 'predicted', 'actual', 'requests'],
        rows: points.map((it) => [armName(it.arm), it.predicted, it.actual, it.requests]),
      },
    ],
  };
}

function withinText({ result }: VerifyReport): string[] {
  const known = result.tokenPrediction;
  return known
    ? [
        `With routing on (C), ${known.withinChunk} of ${known.compared} predictions were right to one chunk of the cache.`,
      ]
    : [];
}

function countPoints(requests: readonly Omit<Point, 'requests'>[], gridTokens: number): Point[] {
  const points = new Map<string, Point>();
  const snap = (tokens: number): number => Math.round(tokens / gridTokens) * gridTokens;
  for (const { arm, ...tokens } of requests) {
    const [predicted, actual] = [snap(tokens.predicted), snap(tokens.actual)];
    const key = `${predicted} ${actual} ${arm}`;
    const point = points.get(key);
    if (point) point.requests++;
    else points.set(key, { arm, predicted, actual, requests: 1 });
  }
  return [...points.values()].toSorted(
    (a, b) => a.predicted - b.predicted || a.actual - b.actual || (a.arm < b.arm ? -1 : 1),
  );
}

function plotOf(points: readonly Point[], largest: number): Figure['plot'] {
  const arms = [...new Set(points.map(({ arm }) => arm))];
  return drawPlot((width) => ({
    height: width === 'wide' ? 380 : 320,
    marginLeft: 56,
    marginTop: 30,
    inset: 14,
    x: {
      label: 'predicted by the gateway (tokens)',
      grid: true,
      ticks: width === 'wide' ? 8 : 4,
      domain: [0, largest],
    },
    y: { label: 'reported by the engine (tokens)', grid: true, ticks: 6, domain: [0, largest] },
    r: { range: [4, 14], domain: [1, Math.max(2, ...points.map((it) => it.requests))] },
    marks: [
      Plot.line([0, largest], {
        x: (it) => it,
        y: (it) => it,
        stroke: 'var(--soft)',
        strokeDasharray: '5 4',
      }),
      ...arms.map((arm) =>
        Plot.dot(
          points.filter((it) => it.arm === arm),
          {
            x: 'predicted',
            y: 'actual',
            r: 'requests',
            symbol: lookOfArm(arm).symbol,
            stroke: lookOfArm(arm).colour,
            strokeWidth: 2,
            className: 'prediction',
          },
        ),
      ),
    ],
  }));
}

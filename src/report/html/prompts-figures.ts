import * as Plot from '@observablehq/plot';
import { formatCount } from '../../base/figures.ts';
import type { PromptsResult, SharedBeginning } from '../../prompts/result.ts';
import { formatShare } from '../../verify/result/format.ts';
import { pointText } from '../prompts-text.ts';
import type { Figure } from './figure.ts';
import { countTick, drawPlot, percentTick } from './svg.ts';

export function promptsFigures(result: PromptsResult): Figure[] {
  return [curveFigure(result), icicleFigure(result), culpritFigure(result)].filter(
    (it) => it !== undefined,
  );
}

/** What a cache gives by its size; undefined where nothing can be reused. */
function curveFigure({ curve }: PromptsResult): Figure | undefined {
  const { points, knee, nearlyAll, blockSize } = curve;
  if (points.length < 2) return undefined;
  const marked = [knee, nearlyAll].filter((it) => it !== null);
  return {
    id: 'reuse-curve',
    title: 'Reuse by cache size',
    summary: [`Knee: ${pointText(knee)}.`, `95 % of what there is: ${pointText(nearlyAll)}.`],
    reading: `Every point is exact for one LRU cache in blocks of ${blockSize} tokens that serves the requests one after another. Markers: the knee, and where 95 % of an endless cache is reached.`,
    plot: drawPlot((width) => ({
      height: width === 'wide' ? 380 : 300,
      marginLeft: 48,
      marginTop: 30,
      marginRight: 24,
      x: {
        type: 'log',
        label: 'cache size (tokens, logarithmic)',
        grid: true,
        ticks: width === 'wide' ? 8 : 4,
        tickFormat: countTick,
      },
      y: { label: 'prompt tokens reused', domain: [0, 1], grid: true, tickFormat: percentTick },
      marks: [
        Plot.ruleY([0]),
        Plot.line(points, {
          x: 'tokens',
          y: 'share',
          curve: 'step-after',
          stroke: 'var(--series-3)',
          strokeWidth: 2,
        }),
        Plot.dot(marked, { x: 'tokens', y: 'share', r: 5, fill: 'var(--series-2)' }),
      ],
    })),
    tables: [
      {
        caption: 'Reuse by cache size',
        head: ['tokens', 'blocks', 'reused'],
        rows: points.map((it) => [it.tokens, it.blocks, formatShare(it.share)]),
      },
    ],
  };
}

interface Bar extends SharedBeginning {
  /** How many beginnings it goes on from. */
  level: number;
  /** Among all requests, where those that share it begin. */
  from: number;
}

/** The beginnings that requests share, as wide as the requests that have them. */
function icicleFigure({ beginnings, requests }: PromptsResult): Figure | undefined {
  if (beginnings.length === 0) return undefined;
  const bars = barsOf(beginnings);
  const levels = Math.max(...bars.map(({ level }) => level)) + 1;
  const [first] = bars.toSorted((a, b) => worth(b) - worth(a));
  return {
    id: 'beginnings',
    title: 'Shared beginnings',
    summary: [
      `${formatCount(first!.requests)} of ${formatCount(requests)} requests share their first ${formatCount(first!.toTokens)} tokens, up to ${first!.endsAt}.`,
    ],
    reading:
      'Each bar is a stretch of prompt that requests share, as wide as there are such requests; what goes on from it lies below. Figures: tokens of the stretch.',
    plot: drawPlot((width) => ({
      height: levels * 34 + 60,
      marginLeft: 12,
      marginTop: 10,
      x: { label: 'requests', domain: [0, requests], ticks: width === 'wide' ? 8 : 4 },
      y: { axis: null, domain: [levels, 0] },
      marks: [
        Plot.rect(bars, {
          x1: 'from',
          x2: (it: Bar) => it.from + it.requests,
          y1: 'level',
          y2: (it: Bar) => it.level + 1,
          fill: 'var(--series-3)',
          fillOpacity: (it: Bar) => 0.85 / (1 + it.level * 0.25),
          inset: 1,
        }),
        Plot.text(
          bars.filter((it) => it.requests / requests > (width === 'wide' ? 0.1 : 0.25)),
          {
            x: (it: Bar) => it.from + it.requests / 2,
            y: (it: Bar) => it.level + 0.5,
            text: (it: Bar) => formatCount(it.toTokens - it.fromTokens),
            fill: 'var(--ink)',
          },
        ),
      ],
    })),
    tables: [
      {
        caption: 'Shared beginnings',
        head: ['ends in', 'from token', 'to token', 'requests', 'goes on from'],
        rows: beginnings.map((it) => [
          it.endsAt,
          it.fromTokens,
          it.toTokens,
          it.requests,
          it.parent === -1 ? 'nothing' : `row ${it.parent + 1}`,
        ]),
      },
    ],
  };
}

function worth({ requests, fromTokens, toTokens }: SharedBeginning): number {
  return (requests - 1) * (toTokens - fromTokens);
}

/** Parents before children; siblings side by side within their parent. */
function barsOf(beginnings: readonly SharedBeginning[]): Bar[] {
  const bars: Bar[] = [];
  const free = new Map<number, number>();
  for (const it of beginnings) {
    const parent = bars[it.parent];
    const from = free.get(it.parent) ?? parent?.from ?? 0;
    free.set(it.parent, from + it.requests);
    bars.push({ ...it, from, level: parent === undefined ? 0 : parent.level + 1 });
  }
  return bars;
}

function culpritFigure({ breaks }: PromptsResult): Figure | undefined {
  if (breaks === null || breaks.byCulprit.length === 0) return undefined;
  const bars = breaks.byCulprit.slice(0, 10).map((it) => ({
    ...it,
    label: `${it.name} in ${it.place}: ${formatShare(it.share)}`,
    key: `${it.culprit} ${it.place}`,
  }));
  return {
    id: 'culprits',
    title: 'What breaks reuse',
    summary: bars.slice(0, 3).map((it) => `${it.example.sentence}.`),
    reading: 'Each bar: tokens that requests lost by one kind of change in one place.',
    plot: drawPlot((width) => ({
      height: bars.length * 44 + 60,
      marginLeft: 12,
      marginTop: 20,
      x: {
        label: 'tokens lost',
        grid: true,
        ticks: width === 'wide' ? 6 : 3,
        tickFormat: countTick,
      },
      y: { domain: bars.map(({ key }) => key), axis: null, padding: 0.6 },
      marks: [
        Plot.barX(bars, { y: 'key', x: 'lostTokens', fill: 'var(--series-2)' }),
        Plot.text(bars, {
          y: 'key',
          x: () => 0,
          text: 'label',
          textAnchor: 'start',
          dx: 4,
          dy: -18,
        }),
        Plot.ruleX([0]),
      ],
    })),
    tables: [
      {
        caption: 'Breaks by culprit and place',
        head: ['culprit', 'place', 'requests', 'tokens lost', 'share', 'what to do'],
        rows: breaks.byCulprit.map((it) => [
          it.culprit,
          it.place,
          it.breaks,
          it.lostTokens,
          formatShare(it.share),
          it.remedy,
        ]),
      },
    ],
  };
}

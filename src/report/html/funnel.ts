import { formatCount } from '../../base/figures.ts';
import * as Plot from '@observablehq/plot';
import { formatShare } from '../../verify/result/format.ts';
import type { FunnelStage, LossFunnel } from '../../verify/result/result-attribution.ts';
import type { VerifyReport } from '../model.ts';
import type { Figure } from './figure.ts';
import { countTick, drawPlot, type PlotWidth } from './svg.ts';

const STAGE_HEIGHT = 48;

/** Where shared prompt tokens were lost; undefined when nothing was measured. */
export function funnelFigure({ result }: VerifyReport): Figure | undefined {
  const { funnel } = result;
  if (!funnel || funnel.stages.length === 0) return undefined;
  return {
    id: 'funnel',
    title: 'Where the shared tokens were lost',
    summary: [summaryOf(funnel)],
    reading:
      'Each bar counts the tokens with routing on (C) that passed this stage and all before it; the outline is the stage before. A stage without a bar is unknown, not zero.',
    plot: plotOf(funnel),
    tables: [
      {
        caption: 'Shared prompt tokens with routing on (C), stage by stage',
        head: ['stage', 'tokens', 'of all prompt tokens', 'lost here', 'evidence'],
        rows: funnel.stages.map((it) => [
          it.label,
          it.tokens ?? 'unknown',
          formatShare(it.shareOfPrompt),
          it.lost ?? 'unknown',
          it.evidence,
        ]),
      },
    ],
  };
}

function summaryOf({ stages, worstStage }: LossFunnel): string {
  const worst = stages.find((it) => it.id === worstStage);
  if (!worst) return 'No stage lost more than the tolerance.';
  return `Most is lost at “${worst.label}”: ${worst.lost === null ? 'an unknown number of' : formatCount(worst.lost)} tokens.`;
}

interface Bar extends FunnelStage {
  before: number | null;
  isWorst: boolean;
}

function plotOf({ stages, worstStage }: LossFunnel): Figure['plot'] {
  const bars = stages.map((stage, index): Bar => {
    const known = stages.slice(0, index).findLast((it) => it.tokens !== null);
    return { ...stage, before: known?.tokens ?? null, isWorst: stage.id === worstStage };
  });
  return drawPlot((width) => ({
    height: stages.length * STAGE_HEIGHT + 64,
    marginLeft: 12,
    marginTop: 20,
    x: { label: 'tokens', grid: true, ticks: width === 'wide' ? 6 : 3, tickFormat: countTick },
    y: { domain: stages.map((it) => it.id), axis: null, padding: 0.6 },
    marks: [
      Plot.barX(
        bars.filter((it) => it.before !== null),
        { y: 'id', x: 'before', stroke: 'var(--soft)', strokeDasharray: '3 3', fill: 'none' },
      ),
      Plot.barX(
        bars.filter((it) => it.tokens !== null),
        {
          y: 'id',
          x: 'tokens',
          fill: ({ isWorst }) => (isWorst ? 'var(--series-2)' : 'var(--series-3)'),
          className: 'stage',
        },
      ),
      Plot.text(bars, {
        y: 'id',
        x: () => 0,
        text: (it) => labelOf(it, width),
        textAnchor: 'start',
        dx: 4,
        dy: -20,
      }),
      Plot.ruleX([0]),
    ],
  }));
}

/** The narrow plot has room for the name and one figure; the table has the rest. */
function labelOf({ label, tokens, shareOfPrompt, isWorst }: Bar, width: PlotWidth): string {
  const worst = isWorst ? '◀ most lost' : '';
  if (width === 'narrow') return `${label}: ${formatShare(shareOfPrompt)} ${worst && '◀'}`.trim();
  const figure =
    tokens === null ? 'unknown' : `${formatCount(tokens)} (${formatShare(shareOfPrompt)})`;
  return `${label}: ${figure} ${worst}`.trim();
}

import * as Plot from '@observablehq/plot';
import { formatCount } from '../../base/figures.ts';
import { HOLD_OUT_METRICS, type Residual } from '../../calibrate/replay/hold-out.ts';
import { formatShare } from '../../verify/result/format.ts';
import { calibrateTables, METRIC_NAMES } from '../calibrate-tables.ts';
import type { CalibrateReport } from '../model.ts';
import type { Figure } from './figure.ts';
import { lookAt } from './palette.ts';
import { drawPlot, percentTick } from './svg.ts';

/** Residuals over what was measured, a plot for each time. */
export function calibrateFigures({ result }: CalibrateReport): Figure[] {
  const [terms, errors] = calibrateTables(result).map(({ title, head, rows }) => ({
    caption: title,
    head,
    rows,
  }));
  return HOLD_OUT_METRICS.flatMap((metric) => {
    const residuals = result.residuals.filter((it) => it.metric === metric);
    const overall = result.errors.find((it) => it.metric === metric && it.regime === 'all');
    if (residuals.length === 0 || !overall) return [];
    const name = METRIC_NAMES[metric];
    const regimes = [...new Set(residuals.map(({ regime }) => regime))].toSorted();
    return [
      {
        id: `residuals-${metric}`,
        title: `How far predictions of ${name} are off`,
        summary: [
          `Of ${formatCount(overall.requests)} requests that were not fitted, ${name} is predicted with a mean error of ${formatShare(overall.mape)}.`,
        ],
        reading:
          'Each marker is a request that was not fitted: to the right the longer it took, above the line where it was predicted too slow. A slope or a bend shows what the model does not have.',
        plot: residualPlot(residuals, { name, regimes }),
        legend: regimes.map((regime, at) => ({ name: regime, look: lookAt(at) })),
        tables: metric === 'ttft' ? [errors!, terms!] : [errors!],
      },
    ];
  });
}

function residualPlot(
  residuals: readonly Residual[],
  { name, regimes }: { name: string; regimes: readonly string[] },
): Figure['plot'] {
  const shareOf = ({ measuredMs, predictedMs }: Residual): number => predictedMs / measuredMs - 1;
  const most = Math.max(0.1, ...residuals.map((it) => Math.abs(shareOf(it))));
  return drawPlot((width) => ({
    height: width === 'wide' ? 320 : 280,
    marginLeft: 56,
    inset: 8,
    x: {
      label: `measured ${name} (ms)`,
      type: 'log',
      ticks: width === 'wide' ? 8 : 4,
      tickFormat: '~s',
    },
    y: {
      label: 'predicted − measured',
      domain: [-most, most],
      grid: true,
      tickFormat: percentTick,
    },
    marks: [
      Plot.ruleY([0]),
      ...regimes.map((regime, at) =>
        Plot.dot(
          residuals.filter((it) => it.regime === regime),
          {
            x: 'measuredMs',
            y: shareOf,
            symbol: lookAt(at).symbol,
            stroke: lookAt(at).colour,
            r: 3,
          },
        ),
      ),
    ],
  }));
}

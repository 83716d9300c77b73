import type { Report } from '../model.ts';
import { capacityFigures } from './capacity-figures.ts';
import { calibrateFigures } from './calibrate.ts';
import { cachedFigure } from './cached.ts';
import { distributionFigure } from './distribution.ts';
import { doseFigure } from './dose.ts';
import { endpointsFigure } from './endpoints.ts';
import type { Figure } from './figure.ts';
import { funnelFigure } from './funnel.ts';
import { pairedFigure } from './paired.ts';
import { predictionFigure } from './prediction.ts';
import { promptsFigures } from './prompts-figures.ts';
import { simulateFigures } from './simulate.ts';

/** The plots a report has data for, the most telling one first. */
export function figuresOf(report: Report): Figure[] {
  if (report.kind === 'prompts') return promptsFigures(report.result);
  if (report.kind === 'capacity') return capacityFigures(report.result);
  if (report.kind === 'calibrate') return calibrateFigures(report);
  const distributions = [distributionFigure(report, 'ttft'), distributionFigure(report, 'latency')];
  const attribution =
    report.kind === 'verify'
      ? [pairedFigure(report), funnelFigure(report), doseFigure(report), predictionFigure(report)]
      : [];
  if (report.kind === 'simulate') return simulateFigures(report);
  const cached = report.kind === 'run' ? cachedFigure(report) : undefined;
  return [...distributions, ...attribution, endpointsFigure(report), cached].filter(
    (it) => it !== undefined,
  );
}

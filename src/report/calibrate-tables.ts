import { formatCount, formatFigure, formatRange } from '../base/figures.ts';
import { HOLD_OUT_METRICS, type HoldOutMetric } from '../calibrate/replay/hold-out.ts';
import type { CalibrateFigures, TermFigure } from '../calibrate/result.ts';
import { formatShare } from '../verify/result/format.ts';
import type { Table } from './table.ts';

export function calibrateTables(result: CalibrateFigures): Table[] {
  return [termTable(result), errorTable(result)];
}

/** How far the profile may be believed, in one sentence. */
export function calibrateSentence({ terms, errors }: CalibrateFigures): string {
  const known = terms.filter(({ status }) => status === 'known' || status === 'rough').length;
  const overall = errors.filter(({ regime }) => regime === 'all');
  const off = overall.map(({ metric, mape }) => `${METRIC_NAMES[metric]} ${formatShare(mape)}`);
  const error =
    off.length === 0 ? 'Nothing was predicted.' : `Predictions are off by: ${off.join(', ')}.`;
  return `${known} of ${terms.length} terms are known. ${error}`;
}

function termTable({ terms, base, counts, notes }: CalibrateFigures): Table {
  const missing = terms.filter(({ status }) => status === 'unknown');
  const needs = missing.map(
    ({ symbol, needs: what }) => `${symbol} is not known, ${base}’s was kept: it takes ${what}.`,
  );
  const outliers = `Left out, as far off the others: ${formatCount(counts.outliers)} of the observations.`;
  return {
    title: 'term',
    head: ['', 'value', '95 % interval', 'unit', 'known'],
    rows: terms.map((term) => [
      term.symbol,
      figureText(term.value),
      intervalText(term),
      term.unit,
      statusText(term),
    ]),
    notes: [...needs, ...(counts.outliers === 0 ? [] : [outliers]), ...notes],
  };
}

function intervalText({ interval }: TermFigure): string {
  if (interval === null) return '–';
  return formatRange(figureText(interval.low), figureText(interval.high), ' to ');
}

/** Milliseconds per squared token have many zeros. */
function figureText(value: number): string {
  return value !== 0 && value < 1e-3 ? value.toExponential(2) : formatFigure(value);
}

function statusText({ status, given, value, interval }: TermFigure): string {
  switch (status) {
    case 'unknown':
      return 'not known';
    case 'tied':
      return `given ${given.join(', ')}`;
    case 'at-most':
      return 'at most';
    case 'known':
    case 'rough': {
      const half = (interval!.high - interval!.low) / 2 / value;
      return status === 'rough' ? `roughly, ±${formatShare(half)}` : `±${formatShare(half)}`;
    }
  }
}

export const METRIC_NAMES: Readonly<Record<HoldOutMetric, string>> = {
  ttft: 'TTFT',
  itl: 'ITL',
  latency: 'latency',
};

/** Predictions of what was not fitted. */
function errorTable({ errors, heldOut }: CalibrateFigures): Table {
  const rows = HOLD_OUT_METRICS.flatMap((metric) =>
    errors
      .filter((it) => it.metric === metric)
      .map(({ regime, requests, mape, bias }) => [
        `${METRIC_NAMES[metric]}, ${regime}`,
        formatShare(mape),
        `${bias < 0 ? '−' : '+'}${formatShare(Math.abs(bias))}`,
        formatCount(requests),
      ]),
  );
  return {
    title: 'prediction of what was not fitted',
    head: ['', 'mean error', 'bias', 'requests'],
    rows,
    notes:
      rows.length === 0
        ? []
        : [
            `Not fitted: ${heldOut}. Error: mean of |predicted − measured| ÷ measured; bias above 0: predicted too slow.`,
          ],
  };
}

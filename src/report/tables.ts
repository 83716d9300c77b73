import { formatDuration } from '../base/duration.ts';
import { formatMs, formatShare } from '../verify/result/format.ts';
import type { ArmSummary, Comparison, Quantile } from '../verify/result/result-arms.ts';
import type { LossFunnel } from '../verify/result/result-attribution.ts';
import type { LoadFigures, MetricFigures, PercentileFigure, Report } from './model.ts';

/** Figures of a report as people read them. The first column names the row. */
export interface Table {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** The tables of a report, the most telling one first; empty ones are left out. */
export function tablesOf(report: Report): Table[] {
  return tablesOfKind(report).filter(({ rows }) => rows.length > 0);
}

function tablesOfKind(report: Report): Table[] {
  switch (report.kind) {
    case 'verify':
      return [
        comparisonTable(report.result.comparisons),
        armTable(report.result.arms),
        funnelTable(report.result.funnel),
      ];
    case 'load':
      return [metricTable(report.result), endpointTable(report.result.servedBy)];
    case 'run':
      return [];
  }
}

function comparisonTable(comparisons: readonly Comparison[]): Table {
  return {
    title: 'what it buys',
    head: ['', 'of', 'base', 'with it', 'change (95 %)', 'verdict'],
    rows: comparisons.map((it) => [
      it.id.replaceAll('-', ' '),
      `${it.base}→${it.treatment} ${it.metric} ${it.statistic}`,
      formatMs(it.baseMs),
      formatMs(it.treatmentMs),
      changeOf(it),
      it.verdict,
    ]),
  };
}

/** `×0.412 (0.350–0.480)`, or a share for routing efficiency. */
export function changeOf({ kind, value, interval }: Comparison): string {
  if (value === null) return 'not resolved';
  const show = (it: number): string =>
    kind === 'ratio' ? it.toFixed(3) : `${(100 * it).toFixed(0)} %`;
  const ends = interval ? ` (${show(interval.low)}–${show(interval.high)})` : ' (no interval)';
  return `${kind === 'ratio' ? '×' : ''}${show(value)}${ends}`;
}

function armTable(arms: readonly ArmSummary[]): Table {
  return {
    title: 'arms',
    head: ['', 'requests', 'errors', 'TTFT p50', 'TTFT p95', 'latency p95', 'cached'],
    rows: arms.map(({ id, requests, errors, ttft, latency, prefixHitRate }) => [
      id,
      `${requests}`,
      `${errors}`,
      quantile(ttft?.p50),
      quantile(ttft?.p95),
      quantile(latency?.p95),
      formatShare(prefixHitRate),
    ]),
  };
}

function quantile(found: Quantile | undefined): string {
  if (!found || found.value === null) return 'too few';
  return `${formatDuration(found.value)}${found.interval ? '' : ' (not resolved)'}`;
}

function funnelTable(funnel: LossFunnel | null): Table {
  return {
    title: 'where the tokens went',
    head: ['', 'tokens', 'of the prompt', 'lost here'],
    rows: (funnel?.stages ?? []).map(({ label, tokens, shareOfPrompt, lost }) => [
      label,
      `${tokens ?? 'unknown'}`,
      formatShare(shareOfPrompt),
      `${lost ?? 'unknown'}`,
    ]),
  };
}

function metricTable(result: LoadFigures): Table {
  const metrics = {
    latency: result.latency,
    TTFT: result.ttft,
    ITL: result.itl,
    TPOT: result.tpot,
  };
  return {
    title: 'times',
    head: ['', 'n', 'mean', 'p50', 'p95', 'p99'],
    rows: Object.entries(metrics)
      .filter(([, { n }]) => n > 0)
      .map(([name, figures]) => [
        name,
        `${figures.n}`,
        formatMs(figures.mean),
        ...[50, 95, 99].map((percent) => percentileText(figures, percent)),
      ]),
  };
}

function percentileText({ percentiles }: MetricFigures, percent: number): string {
  const found: PercentileFigure | undefined = percentiles.find((it) => it.percent === percent);
  if (!found || found.value === null) return 'too few';
  if (!found.interval) return `${formatDuration(found.value)} (not resolved)`;
  const { low, high } = found.interval;
  return `${formatDuration(found.value)} (${formatDuration(low)}–${formatDuration(high)})`;
}

function endpointTable(servedBy: Readonly<Record<string, number>>): Table {
  const total = Object.values(servedBy).reduce((sum, it) => sum + it, 0);
  return {
    title: 'served by',
    head: ['', 'requests', 'share'],
    rows: Object.entries(servedBy)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => [name, `${count}`, formatShare(count / total)]),
  };
}

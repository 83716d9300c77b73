import { present } from '../base/lists.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/figures.ts';
import { formatShare } from '../verify/result/format.ts';
import { armName, comparisonName } from '../verify/result/names.ts';
import type { ArmSummary, Comparison, Quantile } from '../verify/result/result-arms.ts';
import type { LossFunnel } from '../verify/result/result-attribution.ts';
import { comparisonWord, endsOf, timesOf, valueOf, weakControl } from './comparison-text.ts';
import { hitTable, routingTable, trustTable } from './evidence-tables.ts';
import type { VerifyFigures } from './model.ts';
import type { Table } from './table.ts';

/** The tables of a verification, the most telling one first. */
export function verifyTables(result: VerifyFigures): Table[] {
  return [
    comparisonTable(result),
    hitTable(result.hitRate),
    routingTable(result.routing),
    trustTable(result),
    armTable(result.arms),
    funnelTable(result.funnel),
  ];
}

function comparisonTable({ comparisons, invalidations }: VerifyFigures): Table {
  const weak = weakControl(comparisons);
  const failed = comparisons.filter(({ baseFailures }) => baseFailures > 0);
  return {
    title: 'what it buys, TTFT p95',
    head: ['', 'before → after', 'change', '95 %', 'says'],
    rows: comparisons.map((it) => [
      questionOf(it),
      timesOf(it),
      valueOf(it),
      endsOf(it),
      comparisonWord(it, invalidations),
    ]),
    notes: present([
      weak,
      failed.length > 0 && `Failures left out of the base: ${failed.map(failuresOf).join(', ')}.`,
    ]),
  };
}

/** `routing gain: routing off (B) → on (C)`, and of what where it is not the title’s TTFT p95. */
function questionOf({ id, metric, statistic }: Comparison): string {
  const { name, question } = comparisonName(id);
  const other = present([metric !== 'ttft' && 'latency', statistic !== 'p95' && statistic]);
  const what = other.length > 0 ? `, ${other.join(' ')}` : '';
  return `${name}: ${question}${what}`;
}

function failuresOf({ id, base, baseFailures }: Comparison): string {
  return `${baseFailures} of ${armName(base)} (${comparisonName(id).name})`;
}

function armTable(arms: readonly ArmSummary[]): Table {
  return {
    title: 'arms',
    head: ['', 'requests', 'errors', 'TTFT p50', 'TTFT p95', 'latency p95', 'cached'],
    rows: arms.map(({ id, requests, errors, ttft, latency, prefixHitRate }) => [
      armName(id),
      formatCount(requests),
      formatCount(errors),
      quantile(ttft?.p50),
      quantile(ttft?.p95),
      quantile(latency?.p95),
      formatShare(prefixHitRate),
    ]),
    notes: arms.some(({ ttft, latency }) => isOpen(ttft?.p95) || isOpen(latency?.p95))
      ? ['~: too few requests for an interval.']
      : [],
  };
}

function isOpen(found: Quantile | undefined): boolean {
  return found !== undefined && found.value !== null && found.interval === null;
}

function quantile(found: Quantile | undefined): string {
  if (!found || found.value === null) return 'too few';
  return `${found.interval ? '' : '~'}${formatDuration(found.value)}`;
}

function funnelTable(funnel: LossFunnel | null): Table {
  return {
    title: 'where the tokens went',
    head: ['', 'tokens', 'of the prompt', 'lost here'],
    rows: (funnel?.stages ?? []).map(({ label, tokens, shareOfPrompt, lost }) => [
      label,
      countText(tokens),
      formatShare(shareOfPrompt),
      countText(lost),
    ]),
    notes: [],
  };
}

function countText(count: number | null): string {
  return count === null ? 'unknown' : formatCount(count);
}

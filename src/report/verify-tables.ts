import { present } from '../base/lists.ts';
import { formatDuration } from '../base/duration.ts';
import { formatMs, formatShare } from '../verify/result/format.ts';
import type { ArmSummary, Comparison, Quantile } from '../verify/result/result-arms.ts';
import type { LossFunnel } from '../verify/result/result-attribution.ts';
import { changeOf, comparisonWord, weakControl } from './comparison-text.ts';
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
    title: 'what it buys',
    head: ['', 'of', 'base', 'with it', 'change (95 %)', 'says'],
    rows: comparisons.map((it) => [
      it.id.replaceAll('-', ' '),
      `${it.base}→${it.treatment} ${it.metric} ${it.statistic}`,
      formatMs(it.baseMs),
      formatMs(it.treatmentMs),
      changeOf(it),
      comparisonWord(it, invalidations),
    ]),
    notes: present([
      weak,
      failed.length > 0 && `Failures left out of the base: ${failed.map(failuresOf).join(', ')}.`,
    ]),
  };
}

function failuresOf({ id, base, baseFailures }: Comparison): string {
  return `${baseFailures} of ${base} (${id.replaceAll('-', ' ')})`;
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
    notes: [],
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
    notes: [],
  };
}

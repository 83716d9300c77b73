import { countBy, groupBy, sumOf } from '../base/lists.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/figures.ts';
import { percentile, sortedCopy } from '../stats/percentile.ts';
import { formatShare } from '../verify/result/format.ts';
import { countsText } from './load-lines.ts';
import type { ReportSample, RunFigures, StepSummary } from './model.ts';
import type { Table } from './table.ts';

/** The steps of a run in the order they were played. */
export function stepsOf(samples: readonly ReportSample[]): StepSummary[] {
  const steps = groupBy(
    samples,
    (it) => it.arm,
    (it) => it,
  );
  return [...steps].map(([step, all]) => summaryOf(step, all));
}

function summaryOf(step: string, all: readonly ReportSample[]): StepSummary {
  const good = all.filter(({ failure }) => failure === null);
  const known = good.filter((it) => it.cachedTokens !== null && it.promptTokens !== null);
  const prompts = sumOf(known, (it) => it.promptTokens!);
  const ttfts = good.flatMap(({ ttftMs }) => (ttftMs === null ? [] : [ttftMs]));
  return {
    step,
    requests: all.length,
    failed: all.length - good.length,
    cachedShare: prompts === 0 ? null : sumOf(known, (it) => it.cachedTokens!) / prompts,
    ttftMsP50: ttfts.length === 0 ? null : percentile(sortedCopy(ttfts), 50),
    servedBy: countBy(good, (it) => it.servedBy ?? 'unknown'),
  };
}

/** One row per step. */
export function stepTable({ steps = [] }: RunFigures): Table {
  return {
    title: 'steps',
    head: ['', 'requests', 'failed', 'cached', 'TTFT p50', 'served by'],
    rows: steps.map((it) => [
      it.step || 'requests',
      formatCount(it.requests),
      formatCount(it.failed),
      formatShare(it.cachedShare),
      it.ttftMsP50 === null ? 'unknown' : formatDuration(it.ttftMsP50),
      countsText(it.servedBy),
    ]),
    notes: [],
  };
}

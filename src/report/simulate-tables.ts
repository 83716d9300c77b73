import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/figures.ts';
import { rateText } from '../capacity/text.ts';
import type { SeedEstimate } from '../simulate/result/estimate.ts';
import { foundText, rowName } from '../simulate/result/judge.ts';
import type { SimulatedRow, SimulateFigures } from '../simulate/result/result.ts';
import { formatShare } from '../verify/result/format.ts';
import type { Table } from './table.ts';

const NONE: SeedEstimate = { mean: null, interval: null };

export function simulateTables(result: SimulateFigures): Table[] {
  if (result.rows.length === 0) return [];
  const told = rowsAtLimits(result);
  return [
    ...foundTable(result),
    policyTable(result),
    ...(told.length === 0 ? [] : [lossTable(told), balanceTable(told, result)]),
  ];
}

/** Of a search those that it came to, one each: how the others fail says little of any. */
function rowsAtLimits({ rows, found, searched }: SimulateFigures): readonly SimulatedRow[] {
  if (searched === null) return rows;
  return found.flatMap(
    (it) =>
      rows.find(({ policy, setting }) => policy === it.policy && setting[searched] === it.value) ??
      [],
  );
}

/** Of a search in the order of what was tried, by policy; else as they were asked for. */
function rowsInOrder({ rows, found, searched }: SimulateFigures): readonly SimulatedRow[] {
  if (searched === null) return rows;
  const place = ({ policy }: SimulatedRow): number => found.findIndex((it) => it.policy === policy);
  const at = ({ setting }: SimulatedRow): number => setting[searched] ?? 0;
  return rows.toSorted((a, b) => place(a) - place(b) || at(a) - at(b));
}

/** Which policy reuses most, or which ones between which no difference is shown. What the oracle knows nobody does. */
export function bestSentence(rows: readonly SimulatedRow[]): string {
  const known = rows.filter(
    ({ policy, metrics }) => policy !== 'oracle' && metrics['hit_rate']?.mean,
  );
  const [best] = known.toSorted((a, b) => hitRate(b).mean! - hitRate(a).mean!);
  if (!best) return 'Nothing was reused under any policy.';
  const names = known.filter((it) => isAlike(hitRate(it), hitRate(best))).map(rowName);
  const share = `${formatShare(hitRate(best).mean)} of all prompt tokens`;
  if (names.length === 1) return `${names[0]} reuses most: ${share}.`;
  const more = names.length - NAMES_MAX;
  const last = more > 0 ? `${more + 1} more` : names.at(-1);
  const shown = names.slice(0, more > 0 ? NAMES_MAX - 1 : -1);
  return `${shown.join(', ')} and ${last} reuse most: ${share}; no difference between them is shown.`;
}

const NAMES_MAX = 4;

function hitRate({ metrics }: SimulatedRow): SeedEstimate {
  return metrics['hit_rate'] ?? NONE;
}

/** Without intervals only what reads the same. */
function isAlike(one: SeedEstimate, other: SeedEstimate): boolean {
  if (!one.interval || !other.interval) return formatShare(one.mean) === formatShare(other.mean);
  return one.interval.high >= other.interval.low && other.interval.high >= one.interval.low;
}

function foundTable({ found, searched }: SimulateFigures): Table[] {
  if (searched === null || found.length === 0) return [];
  return [
    {
      title: searched === 'rate' ? 'highest rate' : `fewest ${searched}`,
      head: searched === 'rate' ? ['', 'holds', 'fails'] : ['', searched],
      rows: found.map((it) => [
        it.policy,
        foundText(it, searched),
        ...(searched === 'rate' ? [it.failed ? rateText(it.failed) : '–'] : []),
      ]),
      notes: [],
    },
  ];
}

function policyTable(result: SimulateFigures): Table {
  const rows = rowsInOrder(result);
  const hasGoodput = result.objectives.length > 0;
  const hasVerdict = rows.some(({ verdict }) => verdict !== undefined);
  return {
    title: 'policy',
    head: [
      '',
      ...(hasVerdict ? ['verdict'] : []),
      'hit rate',
      'of reusable',
      'TTFT p50',
      'TTFT p95',
      ...(hasGoodput ? ['goodput'] : []),
    ],
    rows: rows.map((row) => {
      const metric = (name: string): SeedEstimate => row.metrics[name] ?? NONE;
      return [
        rowName(row),
        ...(hasVerdict ? [row.verdict ?? '–'] : []),
        shareText(metric('hit_rate')),
        shareOfReusable(row),
        timeText(metric('ttft.p50')),
        timeText(metric('ttft.p95')),
        ...(hasGoodput ? [shareText(metric('goodput'))] : []),
      ];
    }),
    notes: rows
      .filter(({ seeds }) => seeds === 0)
      .map((row) => {
        const ended = formatCount(row.metrics['requests']?.mean ?? 0);
        return `${rowName(row)}: cut short; of the ${ended} requests that had ended by then.`;
      }),
  };
}

/** What a cache without bounds would have, one for all engines, counts as all: nothing can have more. */
function shareOfReusable({ metrics }: SimulatedRow): string {
  const [own, all] = ['hit_rate', 'ceiling'].map((name) => metrics[name]?.mean ?? null);
  if (own === null || own === undefined || !all) return '–';
  return `${((100 * own) / all).toFixed(1)} %`;
}

/** Shares of all prompt tokens, each by what it was lost to. */
function lossTable(rows: readonly SimulatedRow[]): Table {
  const share = (row: SimulatedRow, name: string): string => plainShare(row.metrics[name] ?? NONE);
  return {
    title: 'lost to',
    head: ['', 'reusable', 'early', 'capacity', 'routing', 'load', 'index', 'queue'],
    rows: rows.map((row) => [
      rowName(row),
      share(row, 'ceiling'),
      ...LOSS_NAMES.map((name) => share(row, `lost.${name}`)),
    ]),
    notes: [
      'Shares of prompt tokens. Reusable: an earlier prompt began with them. Lost, as nobody had computed them yet; as no engine kept them; as the policy did not look, gave way to load, or was told wrong; while waiting.',
    ],
  };
}

const LOSS_NAMES = ['early', 'capacity', 'placement', 'shedding', 'index', 'waiting'];

function balanceTable(
  rows: readonly SimulatedRow[],
  { searched }: Pick<SimulateFigures, 'searched'>,
): Table {
  // A rate is left once it is judged, with most of its answers under way.
  const hasPace = searched !== 'rate';
  return {
    title: 'load',
    head: ['', 'imbalance', 'busiest', 'queue p95', ...(hasPace ? ['answers/s'] : []), 'failed'],
    rows: rows.map((row) => {
      const metric = (name: string): SeedEstimate => row.metrics[name] ?? NONE;
      const { mean: imbalance } = metric('imbalance');
      const { mean: rate } = metric('rate');
      return [
        rowName(row),
        imbalance === null ? '–' : `×${imbalance.toFixed(2)}`,
        row.busiestEngine === null ? '–' : `${row.busiestEngine} ${plainShare(metric('busiest'))}`,
        timeText(metric('queue.p95')),
        ...(hasPace ? [rate === null ? '–' : String(Number(rate.toPrecision(3)))] : []),
        failedText(row),
      ];
    }),
    notes: ['Imbalance: tokens computed by the busiest engine ÷ the mean of all.'],
  };
}

function failedText({ failures, metrics }: SimulatedRow): string {
  const reasons = Object.keys(failures);
  return reasons.length === 0
    ? '0'
    : `${plainShare(metrics['error_rate'] ?? NONE)} ${reasons.join(', ')}`;
}

function plainShare({ mean }: SeedEstimate): string {
  return mean === null ? '–' : `${(100 * mean).toFixed(1)} %`;
}

/** `61.2 ±0.4 %`. */
function shareText({ mean, interval }: SeedEstimate): string {
  if (mean === null || interval === null) return plainShare({ mean, interval });
  return `${(100 * mean).toFixed(1)} ±${(100 * (interval.high - mean)).toFixed(1)} %`;
}

/** `123 ms ±4 %`. */
function timeText({ mean, interval }: SeedEstimate): string {
  if (mean === null) return '–';
  if (interval === null || mean === 0) return formatDuration(mean);
  const half = (100 * (interval.high - mean)) / mean;
  return `${formatDuration(mean)} ±${half.toFixed(half < 10 ? 1 : 0)} %`;
}

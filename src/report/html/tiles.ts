import { formatDuration } from '../../base/duration.ts';
import type { Interval } from '../../stats/interval.ts';
import { formatHitShare, formatMs, formatShare } from '../../verify/result/format.ts';
import type { Comparison, ComparisonId } from '../../verify/result/result-arms.ts';
import { comparisonWord } from '../comparison-text.ts';
import { type TimeMetric, timesOf } from '../load-times.ts';
import type { LoadFigures, LoadReport, Report, VerifyFigures, VerifyReport } from '../model.ts';
import { type Content, markup, unbroken } from './markup.ts';

/** The few figures a reader looks for first. */
export interface Tile {
  name: string;
  value: string;
  /** Empty when there is none. */
  interval: string;
  meaning: string;
}

export function tilesOf(report: Report): Tile[] {
  switch (report.kind) {
    case 'verify':
      return verifyTiles(report);
    case 'load':
      return loadTiles(report);
    case 'simulate':
    case 'run':
      return [];
  }
}

const COMPARISON_TILES: readonly { id: ComparisonId; name: string }[] = [
  { id: 'routing-gain', name: 'Routing gain' },
  { id: 'cache-and-routing', name: 'Cache and routing' },
  { id: 'cache-gain', name: 'Cache gain' },
  { id: 'gateway-tax', name: 'Gateway tax' },
];

function verifyTiles({ result }: VerifyReport): Tile[] {
  const comparisons = COMPARISON_TILES.flatMap(({ id, name }) => {
    const found = result.comparisons.find((it) => it.id === id);
    return found ? [comparisonTile(name, found, result)] : [];
  });
  const { hitRate, money } = result;
  const hit = hitRate && {
    name: 'Requests routed to the holder',
    value: formatHitShare(hitRate),
    interval: endsText(hitRate.interval, formatShare),
    meaning: `${hitRate.hits} of ${hitRate.total}, ${hitRate.unknown} unknown; chance alone gives ${formatShare(hitRate.chance)}.`,
  };
  const avoided = money?.tokensAvoidedPer1000;
  const saved = avoided && {
    name: 'Prefill avoided per 1,000 requests',
    value: `${grouped(avoided.value)} tokens`,
    interval: endsText(avoided.interval, grouped),
    meaning: 'By routing, arm C against arm B.',
  };
  return [...comparisons, hit, saved].filter((it): it is Tile => Boolean(it));
}

/** `352,000`. */
function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function comparisonTile(name: string, found: Comparison, { invalidations }: VerifyFigures): Tile {
  const times =
    found.baseMs === null || found.treatmentMs === null
      ? ''
      : ` ${formatMs(found.baseMs)} → ${formatMs(found.treatmentMs)}.`;
  return {
    name: `${name}, ${found.metric === 'ttft' ? 'TTFT' : found.metric} ${found.statistic}`,
    value: found.value === null ? 'not resolved' : `×${found.value.toFixed(3)}`,
    interval: endsText(found.interval, (it) => it.toFixed(3)),
    meaning: `${found.claim}${times} Says: ${comparisonWord(found, invalidations)}.`,
  };
}

function loadTiles({ result }: LoadReport): Tile[] {
  const rate = result.goodputPerSecond;
  return [
    {
      name: 'Requests',
      value: `${result.requests}`,
      interval: '',
      meaning: `${result.succeeded} succeeded.`,
    },
    {
      name: 'Failed',
      value: formatShare(result.errorRate),
      interval: endsText(result.errorRateInterval, formatShare),
      meaning:
        Object.entries(result.failures)
          .map(([kind, count]) => `${kind} ${count}`)
          .join(', ') || 'None.',
    },
    percentileTile('TTFT p95', result, 'ttft'),
    percentileTile('Latency p95', result, 'latency'),
    {
      name: 'Goodput',
      value: rate === null ? 'unknown' : `${rate.toFixed(1)} requests/s`,
      interval: '',
      meaning: `Over ${formatDuration(result.measuredMs)}.`,
    },
  ];
}

function percentileTile(name: string, result: LoadFigures, metric: TimeMetric): Tile {
  const { value = 'not resolved', ends } = timesOf(result, metric).percentile(95);
  return {
    name,
    value,
    interval: ends === undefined ? NO_INTERVAL : `95 %: ${ends.join(' to ')}`,
    meaning: `Over ${result[metric].n} requests.`,
  };
}

const NO_INTERVAL = 'no interval: too few samples';

function endsText(interval: Interval | null, show: (value: number) => string): string {
  if (!interval) return NO_INTERVAL;
  return `${interval.confidence * 100} %: ${show(interval.low)} to ${show(interval.high)}`;
}

export function tileList(tiles: readonly Tile[]): Content {
  if (tiles.length === 0) return null;
  return markup`<dl class="tiles">
    ${tiles.map(
      (it) =>
        markup`<div>
          <dt>${it.name}</dt>
          <dd class="value">${unbroken(it.value)}</dd>
          ${it.interval === '' ? null : markup`<dd>${unbroken(it.interval)}</dd>`}
          <dd class="soft">${unbroken(it.meaning)}</dd>
        </div>`,
    )}
  </dl>`;
}

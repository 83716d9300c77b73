import { formatDuration } from '../../base/duration.ts';
import type { Interval } from '../../stats/interval.ts';
import { formatCount, formatFigure, formatRange } from '../../base/figures.ts';
import {
  formatChange,
  formatEnds,
  formatHitShare,
  formatShare,
} from '../../verify/result/format.ts';
import { rowName } from '../../simulate/result/judge.ts';
import type { SimulatedRow } from '../../simulate/result/result.ts';
import type { Comparison, ComparisonId } from '../../verify/result/result-arms.ts';
import { armName, comparisonName } from '../../verify/result/names.ts';
import { comparisonWord, timesOf as timesText, valueOf } from '../comparison-text.ts';
import { countsText } from '../load-lines.ts';
import { type TimeMetric, timesOf } from '../load-times.ts';
import type {
  LoadFigures,
  LoadReport,
  Report,
  RunFigures,
  VerifyFigures,
  VerifyReport,
} from '../model.ts';
import { capacityTiles } from './capacity-tiles.ts';
import { calibrateTiles } from './calibrate-tiles.ts';
import { promptsTiles } from './prompts-tiles.ts';
import type { Tile } from './tile.ts';
import { type Content, markup, unbroken } from './markup.ts';

export function tilesOf(report: Report): Tile[] {
  switch (report.kind) {
    case 'verify':
      return verifyTiles(report);
    case 'load':
      return loadTiles(report);
    case 'capacity':
      return capacityTiles(report);
    case 'simulate':
      return report.result.rows.slice(0, ROWS_SHOWN_MAX).map(rowTile);
    case 'run':
      return runTiles(report.result);
    case 'prompts':
      return promptsTiles(report.result);
    case 'calibrate':
      return calibrateTiles(report.result);
  }
}

/** Of a simulation; the tables have them all. */
const ROWS_SHOWN_MAX = 6;

function rowTile(row: SimulatedRow): Tile {
  const hits = row.metrics['hit_rate'];
  const firstMs = row.metrics['ttft.p95']?.mean ?? null;
  return {
    name: `Hit rate, ${rowName(row)}`,
    value: formatShare(hits?.mean ?? null),
    interval: endsText(hits?.interval ?? null, formatShare),
    meaning: firstMs === null ? '' : `TTFT p95 ${formatDuration(firstMs)}.`,
  };
}

const COMPARISON_TILES: readonly ComparisonId[] = [
  'routing-gain',
  'cache-and-routing',
  'cache-gain',
  'gateway-tax',
];

function verifyTiles({ result }: VerifyReport): Tile[] {
  const comparisons = COMPARISON_TILES.flatMap((id) => {
    const found = result.comparisons.find((it) => it.id === id);
    return found ? [comparisonTile(found, result)] : [];
  });
  const { hitRate, money } = result;
  const hit = hitRate && {
    name: 'Requests routed to the holder',
    value: formatHitShare(hitRate),
    interval: endsText(hitRate.interval, formatShare),
    meaning: `${formatCount(hitRate.hits)} of ${formatCount(hitRate.total)}, ${formatCount(hitRate.unknown)} unknown; chance alone gives ${formatShare(hitRate.chance)}.`,
  };
  const avoided = money?.tokensAvoidedPer1000;
  const saved = avoided && {
    name: 'Prefill avoided per 1,000 requests',
    value: `${formatCount(avoided.value)} tokens`,
    interval: endsText(avoided.interval, formatCount),
    meaning: `Prompt tokens that no engine had to compute: ${armName('C')} against ${armName('B')}.`,
  };
  return [...comparisons, hit, saved].filter((it): it is Tile => Boolean(it));
}

function comparisonTile(found: Comparison, { invalidations }: VerifyFigures): Tile {
  const { id, metric, statistic } = found;
  const { name, question } = comparisonName(id);
  return {
    name: `${capital(name)}, ${metric === 'ttft' ? 'TTFT' : metric} ${statistic}`,
    value: valueOf(found),
    interval: endsText(found.interval, formatChange),
    meaning: `${timesText(found)}: ${question}. ${capital(comparisonWord(found, invalidations))}.`,
  };
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function loadTiles({ result }: LoadReport): Tile[] {
  const rate = result.goodputPerSecond;
  return [
    {
      name: 'Requests',
      value: formatCount(result.requests),
      interval: '',
      meaning: `${formatCount(result.succeeded)} succeeded.`,
    },
    {
      name: 'Failed',
      value: formatShare(result.errorRate),
      interval: endsText(result.errorRateInterval, formatShare),
      meaning: Object.keys(result.failures).length === 0 ? 'None.' : countsText(result.failures),
    },
    percentileTile('TTFT p95', result, 'ttft'),
    percentileTile('Latency p95', result, 'latency'),
    {
      name: 'Goodput',
      value: rate === null ? 'unknown' : `${formatFigure(rate)} requests/s`,
      interval: '',
      meaning: `Over ${formatDuration(result.measuredMs)}.`,
    },
  ];
}

function runTiles({ steps = [] }: RunFigures): Tile[] {
  return steps.map(({ step, requests, failed, cachedShare, ttftMsP50, servedBy }) => ({
    name: step === '' ? 'Requests' : `Step ${step}`,
    value:
      cachedShare === null
        ? `${formatCount(requests)} requests`
        : `${formatShare(cachedShare)} cached`,
    interval: ttftMsP50 === null ? '' : `TTFT p50 ${formatDuration(ttftMsP50)}`,
    meaning: `${formatCount(requests)} requests, ${failed === 0 ? 'none' : formatCount(failed)} failed; served by ${countsText(servedBy)}.`,
  }));
}

function percentileTile(name: string, result: LoadFigures, metric: TimeMetric): Tile {
  const { value = 'not resolved', ends } = timesOf(result, metric).percentile(95);
  return {
    name,
    value,
    interval: ends === undefined ? NO_INTERVAL : `95 %: ${formatRange(...ends, ' to ')}`,
    meaning: `Of ${formatCount(result[metric].n)} requests.`,
  };
}

const NO_INTERVAL = 'no interval: too few samples';

function endsText(interval: Interval | null, show: (value: number) => string): string {
  if (!interval) return NO_INTERVAL;
  return `${interval.confidence * 100} %: ${formatEnds(interval, show)}`;
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

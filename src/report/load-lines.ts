import { formatDuration } from '../base/duration.ts';
import { type PercentileTime, type TimeMetric, timesOf } from './load-times.ts';
import type { LoadFigures } from './model.ts';

/** A load run's figures for people, one line each. */
export function loadLines(result: LoadFigures): string[] {
  return [
    requestsLine(result),
    ...timeLines(result),
    tokensLine(result),
    `served by   ${listOf(result.servedBy)}`,
    ...(result.prompts === null ? [] : [`prompts     ${result.prompts}`]),
    ...result.audit
      .filter(({ level }) => level !== 'ok')
      .map(({ level, text }) => `${level.padEnd(11)} ${text}`),
  ];
}

function requestsLine(result: LoadFigures): string {
  const { requests, succeeded, failures, stopped, goodputPerSecond, measuredMs } = result;
  const limit = `counted at the limit of ${formatDuration(result.timeoutMs)}`;
  const failed = Object.keys(failures).length > 0 ? `; failed: ${listOf(failures)}, ${limit}` : '';
  const cut = stopped > 0 ? `; ${stopped} cut off by the stop` : '';
  const rate = goodputPerSecond === null ? '' : `, ${goodputPerSecond.toPrecision(4)}/s`;
  return `requests    ${requests} in ${formatDuration(measuredMs)}, ${succeeded} succeeded${rate}${failed}${cut}`;
}

const METRICS = ['latency', 'ttft', 'itl', 'tpot'] as const satisfies readonly TimeMetric[];

function timeLines(result: LoadFigures): string[] {
  return METRICS.filter((name) => result[name].n > 0).map((name) => {
    const text = result.succeeded > 0 ? metricText(result, name) : 'none: no request succeeded';
    return `${name.padEnd(11)} ${text}`;
  });
}

function metricText(result: LoadFigures, name: TimeMetric): string {
  const { mean, percentile } = timesOf(result, name);
  const { n, percentiles } = result[name];
  const parts = percentiles.map(
    ({ percent }) => `p${percent} ${percentileText(percentile(percent))}`,
  );
  return `${mean === undefined ? '' : `mean ${mean}  `}${parts.join('  ')}  (n ${n})`;
}

function percentileText({ value, ends }: PercentileTime): string {
  if (value === undefined) return '–';
  return ends === undefined ? `${value} (not resolved)` : `${value} [${ends.join(' – ')}]`;
}

function tokensLine(result: LoadFigures): string {
  const { promptTokens, outputTokens, outputTokensPerSecond, prefixHitRate } = result;
  const hit =
    prefixHitRate === null
      ? 'cached tokens unknown (not reported)'
      : `prefix hit rate ${(prefixHitRate * 100).toFixed(1)} % (${result.cachedKnown} of ${result.succeeded} answers report it)`;
  const output =
    outputTokensPerSecond === null ? '' : `, ${outputTokensPerSecond.toPrecision(4)} output/s`;
  return `tokens      prompt ${promptTokens ?? 'unknown'}, output ${outputTokens ?? 'unknown'}${output}; ${hit}`;
}

function listOf(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, value]) => `${name} ${value}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

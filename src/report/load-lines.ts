import { formatDuration } from '../base/duration.ts';
import type { LoadFigures, MetricFigures, PercentileFigure } from './model.ts';

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

function timeLines(result: LoadFigures): string[] {
  return (['latency', 'ttft', 'itl', 'tpot'] as const)
    .filter((name) => result[name].n > 0)
    .map((name) => `${name.padEnd(11)} ${metricText(result[name])}`);
}

function metricText({ n, mean, percentiles }: MetricFigures): string {
  const text = mean === null ? '' : `mean ${formatDuration(mean)}  `;
  return `${text}${percentiles.map(percentileText).join('  ')}  (n ${n})`;
}

function percentileText({ percent, value, interval }: PercentileFigure): string {
  if (value === null) return `p${percent} –`;
  const text = `p${percent} ${formatDuration(value)}`;
  if (interval === null) return `${text} (not resolved)`;
  return `${text} [${formatDuration(interval.low)} – ${formatDuration(interval.high)}]`;
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

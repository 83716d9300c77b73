import { formatDuration } from '../base/duration.ts';
import { formatCount, formatFigure } from '../base/figures.ts';
import { present } from '../base/lists.ts';
import { formatShare } from '../verify/result/format.ts';
import type { LoadFigures } from './model.ts';

/** What stands beside a load run's table of times, one line each. */
export function loadLines(result: LoadFigures): string[] {
  return [
    `requests  ${requestsText(result)}`,
    `tokens    ${tokensText(result)}`,
    ...result.audit
      // What is not known its check counts.
      .filter(({ level }) => level !== 'ok' && level !== 'unknown')
      .map(({ level, text }) => `${level.padEnd(9)} ${text}`),
  ];
}

function requestsText(result: LoadFigures): string {
  const { requests, succeeded, failures, stopped, goodputPerSecond, measuredMs } = result;
  const hasFailed = Object.keys(failures).length > 0;
  return present([
    `${formatCount(requests)} in ${formatDuration(measuredMs)}`,
    `${formatCount(succeeded)} succeeded${goodputPerSecond === null ? '' : `, ${formatFigure(goodputPerSecond)}/s`}`,
    hasFailed &&
      `failed: ${countsText(failures)}${succeeded === 0 ? '' : `, counted at the limit of ${formatDuration(result.timeoutMs)}`}`,
    stopped > 0 && `${formatCount(stopped)} cut off by the stop`,
  ]).join('; ');
}

function tokensText(result: LoadFigures): string {
  const { promptTokens, outputTokens, outputTokensPerSecond, prefixHitRate } = result;
  const count = (known: number | null): string => (known === null ? 'unknown' : formatCount(known));
  const rate =
    outputTokensPerSecond === null ? '' : ` (${formatFigure(outputTokensPerSecond)} tokens/s)`;
  const cached =
    prefixHitRate === null
      ? 'cached unknown: no answer reports it'
      : `cached ${formatShare(prefixHitRate)} of the prompts, as ${formatCount(result.cachedKnown)} of ${formatCount(result.succeeded)} answers report`;
  return `prompt ${count(promptTokens)}, output ${count(outputTokens)}${rate}; ${cached}`;
}

/** `engine-a 1,024, engine-b 998`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, value]) => `${name} ${formatCount(value)}`);
  return parts.join(', ') || 'none';
}

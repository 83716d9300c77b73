import { formatDuration } from '../../base/duration.ts';
import type { PhaseResult } from '../../load/aggregate.ts';
import type { AuditFinding } from '../../load/audit.ts';
import type { PromptCertificate } from '../../load/certificate.ts';
import type { PercentileSummary, Summary } from '../../stats/summary.ts';

/** The summary for people. */
export function resultLines(
  result: PhaseResult,
  certificate: PromptCertificate,
  audit: readonly AuditFinding[],
): string[] {
  return [
    requestsLine(result),
    ...timeLines(result),
    tokensLine(result),
    `served by   ${listOf(result.servedBy)}`,
    `prompts     ${promptsLine(certificate)}`,
    ...audit
      .filter(({ level }) => level !== 'ok')
      .map(({ level, text }) => `${level.padEnd(11)} ${text}`),
  ];
}

function requestsLine(result: PhaseResult): string {
  const { requests, succeeded, failures, stopped, goodputPerSecond, durationMs } = result;
  const failed = Object.keys(failures).length > 0 ? `; failed: ${listOf(failures)}` : '';
  const cut = stopped > 0 ? `; ${stopped} cut off by the stop` : '';
  const rate = goodputPerSecond === undefined ? '' : `, ${goodputPerSecond.toPrecision(4)}/s`;
  return `requests    ${requests} in ${formatDuration(durationMs)}, ${succeeded} succeeded${rate}${failed}${cut}`;
}

function timeLines(result: PhaseResult): string[] {
  return (['latency', 'ttft', 'itl', 'tpot'] as const)
    .filter((name) => result[name].n > 0)
    .map((name) => `${name.padEnd(11)} ${summaryText(result[name])}`);
}

function summaryText(summary: Summary): string {
  const mean = summary.mean === undefined ? '' : `mean ${formatDuration(summary.mean)}  `;
  return `${mean}${summary.percentiles.map(percentileText).join('  ')}  (n ${summary.n})`;
}

function percentileText({ percent, value, resolution, interval }: PercentileSummary): string {
  if (value === undefined) return `p${percent} –`;
  const text = `p${percent} ${formatDuration(value)}`;
  if (resolution === 'not-resolved' || interval === undefined) return `${text} (not resolved)`;
  return `${text} [${formatDuration(interval.low)} – ${formatDuration(interval.high)}]`;
}

function tokensLine({ tokens, outputTokensPerSecond, succeeded }: PhaseResult): string {
  const hit =
    tokens.prefixHitRate === undefined
      ? 'cached tokens unknown (not reported)'
      : `prefix hit rate ${(tokens.prefixHitRate * 100).toFixed(1)} % (${tokens.cachedKnown} of ${succeeded} answers report it)`;
  const output =
    outputTokensPerSecond === undefined ? '' : `, ${outputTokensPerSecond.toPrecision(4)} output/s`;
  return `tokens      prompt ${tokens.prompt ?? 'unknown'}, output ${tokens.output ?? 'unknown'}${output}; ${hit}`;
}

function promptsLine(certificate: PromptCertificate): string {
  const { promptTokensMin: min, promptTokensMax: max, sharedTokens } = certificate;
  const length = min === max ? `${min}` : `${min} to ${max}`;
  const shared =
    sharedTokens === undefined
      ? ''
      : `, ${sharedTokens} shared (${certificate.expectedHitTokens} in blocks of 16, ${certificate.expectedChunkTokens} in chunks of 256)`;
  const source = certificate.tokenizer === 'engine' ? "the engine's count" : 'an estimate';
  return `${certificate.workload}, ${length} tokens by ${source}${shared}`;
}

function listOf(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, value]) => `${name} ${value}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

import type { Check, Outcome } from '../../base/outcome.ts';
import { formatMs, formatShare } from '../result/format.ts';
import type { Comparison } from '../result/result-arms.ts';
import type { Cause } from '../result/result-attribution.ts';
import type { Evidence } from './evidence.ts';

/** What a run came to in one sentence, from its checks alone. */
export function headlineOf(
  evidence: Evidence,
  checks: readonly Check[],
  cause: Cause | null,
): string {
  const [first] = evidence.figures.invalidations;
  if (first) return `The run must not be trusted: ${first.reason}`;
  const broken = checks.find((it) => it.outcome === 'error');
  if (broken) return `It could not be judged: ${broken.actual}`;
  return [verdictOf(evidence, checks), cause ? cause.sentence : ''].filter(Boolean).join(' ');
}

function verdictOf({ figures }: Evidence, checks: readonly Check[]): string {
  const outcome = (id: string): Outcome | undefined => checks.find((it) => it.id === id)?.outcome;
  const hit = figures.hitRate;
  if (outcome('preferred-hit-rate') === 'fail' && hit) {
    const chance = hit.chance === null ? '' : `; chance alone gives ${formatShare(hit.chance)}`;
    return `Routing does not bring requests to the engine that holds their prefix: ${hit.hits} of ${hit.total} did${chance}.`;
  }
  const gain =
    figures.comparisons.find((it) => it.id === 'routing-gain') ??
    figures.comparisons.find((it) => it.id === 'cache-and-routing');
  if (gain) {
    const judged = outcome(gain.id) ?? 'inconclusive';
    return gainSentence(gain, judged) + (judged === 'pass' ? unlessFailed(checks) : '');
  }
  const held = checks.filter((it) => it.outcome === 'pass').length;
  return `${held} of ${checks.length} checks hold.`;
}

/** A gain is no success where anything else fails. */
function unlessFailed(checks: readonly Check[]): string {
  const failed = checks.filter((it) => it.outcome === 'fail').map(({ id }) => id);
  return failed.length === 0 ? '' : ` But not all holds: ${failed.join(', ')}.`;
}

function gainSentence(gain: Comparison, outcome: Outcome): string {
  const what = gain.id === 'routing-gain' ? 'Routing' : 'Caching with routing';
  const change = changeText(gain);
  if (outcome === 'pass') {
    const saved = formatMs((gain.baseMs ?? 0) - (gain.treatmentMs ?? 0));
    return `${what} saves ${saved} of TTFT ${gain.statistic}: ${change}.`;
  }
  if (outcome === 'fail') {
    return gain.verdict === 'worse'
      ? `${what} makes TTFT ${gain.statistic} longer: ${change}.`
      : `${what} saves nothing worth naming of TTFT ${gain.statistic}: ${change}.`;
  }
  return `Whether ${what.toLowerCase()} pays is open: ${gain.reason || change}`;
}

/** `141 ms → 43 ms, −70 % (95 %: −75 % to −24 %)`. */
export function changeText({ baseMs, treatmentMs, value, interval }: Comparison): string {
  if (value === null) return 'not resolved';
  const ends = interval
    ? ` (${interval.confidence * 100} %: ${percent(interval.low)} to ${percent(interval.high)})`
    : '';
  return `${formatMs(baseMs)} → ${formatMs(treatmentMs)}, ${percent(value)}${ends}`;
}

function percent(ratio: number): string {
  const change = Math.round(100 * (ratio - 1));
  return `${change > 0 ? '+' : change < 0 ? '−' : '±'}${Math.abs(change)} %`;
}

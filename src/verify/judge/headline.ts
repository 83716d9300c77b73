import { formatCount } from '../../base/figures.ts';
import type { Check, Outcome } from '../../base/outcome.ts';
import { formatMs, formatRatio, formatShare, formatTimes } from '../result/format.ts';
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
  if (first) {
    const sure = first.code === 'generator-overload' ? missText(evidence, checks) : '';
    return [`The run must not be trusted: ${first.reason}`, sure, sure && cause?.sentence]
      .filter(Boolean)
      .join(' ');
  }
  const broken = checks.find((it) => it.outcome === 'error');
  if (broken) return `It could not be judged: ${broken.actual}`;
  return [verdictOf(evidence, checks), cause ? cause.sentence : ''].filter(Boolean).join(' ');
}

/** Who served a request is as certain on a busy machine as on any other. */
function missText({ figures: { hitRate } }: Evidence, checks: readonly Check[]): string {
  const found = checks.find(({ id }) => id === 'preferred-hit-rate');
  if (found?.outcome !== 'fail' || !hitRate) return '';
  const { hits, total, chance } = hitRate;
  const odds = chance === null ? '' : `; chance alone gives ${formatShare(chance)}`;
  return `Routing does not bring requests to the engine that holds their prefix: ${formatCount(hits)} of ${formatCount(total)} did${odds}.`;
}

function verdictOf(evidence: Evidence, checks: readonly Check[]): string {
  const { figures } = evidence;
  const outcome = (id: string): Outcome | undefined => checks.find((it) => it.id === id)?.outcome;
  const missed = missText(evidence, checks);
  if (missed !== '') return missed;
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
  const failed = checks.filter((it) => it.outcome === 'fail').map(({ claim }) => claim);
  return failed.length === 0 ? '' : ` But this does not hold: ${failed.join(' ')}`;
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

/** `141 → 43 ms, −70 % (95 %: −75 to −24 %)`. */
export function changeText({ baseMs, treatmentMs, value, interval }: Comparison): string {
  if (value === null) return 'not resolved';
  return `${formatTimes(baseMs, treatmentMs)}, ${formatRatio(value, interval)}`;
}

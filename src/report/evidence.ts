import { formatCount } from '../base/figures.ts';
import { present } from '../base/lists.ts';
import type { SourceTrust } from '../verify/result/result-evidence.ts';
import type { Cause } from '../verify/result/result-attribution.ts';
import type { HitRate } from '../verify/result/result-evidence.ts';
import { formatHitShare, formatInterval, formatShare } from '../verify/result/format.ts';
import { comparisonName } from '../verify/result/names.ts';
import { changeOf, comparisonWord, weakControl } from './comparison-text.ts';
import type { Report, VerifyFigures } from './model.ts';

/** What a source of evidence said and the engines' counters did not, source by source. */
export function contradictions({ served }: VerifyFigures): string[] {
  return (served?.sources ?? []).filter((it) => !it.isTrusted).map(contradictionText);
}

function contradictionText({ source, agreed, compared, contradiction }: SourceTrust): string {
  return `${source} is not believed: ${contradiction ?? 'it contradicts the engines’ counters'} (${agreed} of ${compared} agreed).`;
}

/** Hit rate with its bounds, what nobody knows of it and chance, in one sentence. */
export function hitSentence(hitRate: HitRate): string {
  const { hits, total, unknown, interval, chance } = hitRate;
  const ends = formatInterval(interval, formatShare);
  const odds =
    chance === null ? 'chance is not known' : `chance alone gives ${formatShare(chance)}`;
  return `${formatCount(hits)} of ${formatCount(total)} requests reached the engine that holds their prefix, ${formatCount(unknown)} unknown: ${formatHitShare(hitRate)}${ends}; ${odds}.`;
}

/** A cause as lines: what it is, what speaks for it, what to do, what else was considered. */
export interface CauseText {
  sentence: string;
  evidence: readonly string[];
  remedy: string;
  considered: string;
}

export function causeText({ id, sentence, evidence, remedy, considered }: Cause): CauseText {
  return {
    sentence: `${sentence} [${id}]`,
    evidence,
    remedy,
    considered:
      considered.join(', ') ||
      (id === 'not-known' ? 'every known cause; none fits' : 'nothing else fits'),
  };
}

/** What each comparison says, a line each. */
export function comparisonLines({ comparisons, invalidations }: VerifyFigures): string[] {
  return comparisons.map(
    (it) => `${comparisonName(it.id).name}: ${comparisonWord(it, invalidations)}, ${changeOf(it)}`,
  );
}

/** Comparisons, hit rate, contradictions and cause of a verification as plain lines; none for others. */
export function tellingLines(report: Report): string[] {
  if (report.kind !== 'verify') return [];
  const { comparisons, hitRate, cause } = report.result;
  const weak = weakControl(comparisons);
  return present([
    ...comparisonLines(report.result),
    weak,
    hitRate && hitSentence(hitRate),
    ...contradictions(report.result).map((it) => `Contradiction: ${it}`),
    ...(cause ? causeLines(causeText(cause)) : []),
  ]);
}

/** A cause as plain lines. */
export function causeLines({ sentence, evidence, remedy, considered }: CauseText): string[] {
  return [
    `Cause: ${sentence}`,
    ...evidence.map((it) => `– ${it}`),
    `→ ${remedy}`,
    `also considered: ${considered}`,
  ];
}

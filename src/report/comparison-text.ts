import { formatChange, formatEnds, formatTimes } from '../verify/result/format.ts';
import type { Comparison } from '../verify/result/result-arms.ts';
import type { Invalidation } from '../verify/result/result.ts';

/**
 * What a report says of a comparison, in a word or two: of a gain what its outcome says and nothing else;
 * a cost, a control or a share is no claim, and is not judged. In a run that is worthless no word stands alone.
 */
export function comparisonWord(
  comparison: Comparison,
  invalidations: readonly Invalidation[],
): string {
  const { id, outcome } = comparison;
  if (outcome !== null) {
    return gainWord(comparison) + (invalidations.length > 0 ? ', not to be trusted' : '');
  }
  const isRefuted = invalidations.some(({ code }) => code === 'null-comparison-differs');
  if (id === 'null' && isRefuted) return 'a control, and it differs';
  return 'not judged';
}

function gainWord({ outcome, verdict }: Comparison): string {
  if (outcome === 'pass') return 'faster';
  if (outcome === 'fail') return verdict === 'worse' ? 'slower' : 'no gain';
  return 'open';
}

/** `154 → 67.3 ms`; of a share nothing. */
export function timesOf({ kind, baseMs, treatmentMs }: Comparison): string {
  return kind === 'ratio' ? formatTimes(baseMs, treatmentMs) : '–';
}

/** `−56 %`, or a share for routing efficiency. */
export function valueOf({ kind, value }: Comparison): string {
  if (value === null) return 'not resolved';
  return kind === 'ratio' ? formatChange(value) : percentText(value);
}

/** `−66 to −30 %`. */
export function endsOf({ kind, value, interval }: Comparison): string {
  if (value === null || !interval) return 'no interval';
  return formatEnds(interval, kind === 'ratio' ? formatChange : percentText);
}

/** All of it in one line: `154 → 67.3 ms, −56 % (95 %: −66 to −30 %)`. */
export function changeOf(comparison: Comparison): string {
  const { kind, value, interval } = comparison;
  if (value === null) return 'not resolved';
  const times = kind === 'ratio' ? `${timesOf(comparison)}, ` : '';
  const ends = interval ? `${interval.confidence * 100} %: ${endsOf(comparison)}` : 'no interval';
  return `${times}${valueOf(comparison)} (${ends})`;
}

/** Where requests fail and count at their full wait, how far below −100 % says nothing; nor how far above. */
function percentText(share: number): string {
  if (share < -1) return '< −100 %';
  if (share > 2) return '> 200 %';
  return `${share < 0 ? '−' : ''}${Math.abs(100 * share).toFixed(0)} %`;
}

/** A factor between two equal arms that a control ought to have shown. */
const SHOWN_FACTOR = 2;

/** Why the null comparison proves nothing; undefined where it does, and without one. */
export function weakControl(comparisons: readonly Comparison[]): string | undefined {
  const found = comparisons.find(({ id }) => id === 'null');
  if (!found) return undefined;
  const { interval } = found;
  if (interval && interval.high < SHOWN_FACTOR && interval.low > 1 / SHOWN_FACTOR) return undefined;
  const ends = interval
    ? `its interval reaches from ${formatEnds(interval, formatChange)}`
    : 'it has no interval';
  return `The null comparison proves nothing here: it could not have shown a factor of ${SHOWN_FACTOR} between equal arms (${ends}). Measure longer.`;
}

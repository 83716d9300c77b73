import type { Comparison } from '../verify/result/result-arms.ts';
import type { Invalidation } from '../verify/result/result.ts';

/**
 * What a report says of a comparison, in a word or two: of a gain what its outcome says and nothing else,
 * of the others what they are. In a run that is worthless no word stands alone.
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
  return `${whatItIs(comparison)}, not judged`;
}

function gainWord({ outcome, verdict }: Comparison): string {
  if (outcome === 'pass') return 'faster';
  if (outcome === 'fail') return verdict === 'worse' ? 'slower' : 'no gain';
  return 'open';
}

function whatItIs({ id }: Comparison): string {
  switch (id) {
    case 'gateway-tax':
      return 'a cost';
    case 'null':
      return 'a control';
    case 'routing-efficiency':
      return 'a share';
    default:
      return 'as verify.sh did';
  }
}

/** `×0.412 (0.350–0.480)`, or a share for routing efficiency. */
export function changeOf({ kind, value, interval }: Comparison): string {
  if (value === null) return 'not resolved';
  const show = (it: number): string => (kind === 'ratio' ? it.toFixed(3) : percentText(it));
  const ends = interval ? ` (${show(interval.low)}–${show(interval.high)})` : ' (no interval)';
  return `${kind === 'ratio' ? '×' : ''}${show(value)}${ends}`;
}

/** Where requests fail and count at their full wait, how far below −100 % says nothing. */
function percentText(share: number): string {
  return share < -1 ? '< −100 %' : `${(100 * share).toFixed(0)} %`;
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
    ? `its interval reaches from ×${interval.low.toFixed(2)} to ×${interval.high.toFixed(2)}`
    : 'it has no interval';
  return `The null comparison proves nothing here: it could not have shown a factor of ${SHOWN_FACTOR} between equal arms (${ends}). Measure longer.`;
}

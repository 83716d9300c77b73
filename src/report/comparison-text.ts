import type { Comparison } from '../verify/result/result-arms.ts';
import type { Invalidation } from '../verify/result/result.ts';

/**
 * What a table says of a comparison, in a word or two: of a gain what its outcome says and nothing else,
 * of the others what they are.
 */
export function comparisonWord(
  comparison: Comparison,
  invalidations: readonly Invalidation[],
): string {
  const isRefuted = invalidations.some(({ code }) => code === 'null-comparison-differs');
  if (comparison.id === 'null' && isRefuted) return 'a control, and it differs';
  switch (comparison.outcome) {
    case 'pass':
      return 'faster';
    case 'fail':
      return comparison.verdict === 'worse' ? 'slower' : 'no gain';
    case null:
      return `${whatItIs(comparison)}, not judged`;
    default:
      return 'open';
  }
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
  const show = (it: number): string =>
    kind === 'ratio' ? it.toFixed(3) : `${(100 * it).toFixed(0)} %`;
  const ends = interval ? ` (${show(interval.low)}–${show(interval.high)})` : ' (no interval)';
  return `${kind === 'ratio' ? '×' : ''}${show(value)}${ends}`;
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

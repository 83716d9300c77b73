import { foundTokens } from './attribution.ts';
import { countedShare } from './counted-hits.ts';
import { answeredOf } from './measured.ts';
import type { ObservedRun } from './observed-run.ts';

/**
 * Share of arm D, asked straight at the holder, that still found its prefix: what is not there was
 * evicted. By the engines' reports, else by their counters; null when neither tells.
 */
export function heldShare({ samples, counts, jury, sizes }: ObservedRun): number | null {
  const direct = answeredOf(samples, 'D').map((it) => foundTokens(it, jury));
  const known = direct.filter((it) => it !== null);
  if (known.length > 0) return known.filter(Boolean).length / known.length;
  const blocks = counts.filter(({ arm }) => arm === 'D');
  const counted = countedShare(blocks, jury.engines.length, sizes);
  return counted === null || counted.total === 0 ? null : counted.hits / counted.total;
}

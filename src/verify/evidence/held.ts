import { sumOf } from '../../base/lists.ts';
import { foundTokens } from './attribution.ts';
import { countedShare } from './counted-hits.ts';
import { answeredOf, ofArm } from './measured.ts';
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

/**
 * Share of what arm C can reuse that some engine held by its KV events, right before each request. Null where they
 * did not name the holder of every prompt of the probe, and where the gateway may have changed the primes on their way.
 */
export function heldByEvents({ samples, routing }: ObservedRun): number | null {
  if (!routing?.events || routing.learns !== 'index') return null;
  const { asked, namedHolder } = routing.events;
  if (asked === 0 || namedHolder < asked) return null;
  const routed = ofArm(samples, 'C').map((it) => it.experiment);
  const reusable = sumOf(routed, (it) => it.reusableTokens);
  if (reusable === 0) return null;
  return sumOf(routed, (it) => Math.min(it.lookupTokens, it.reusableTokens)) / reusable;
}

import type { EvidenceSource, SourceTrust, Trust } from '../result/result-evidence.ts';
import { attribute, foundTokens, isTrusted } from './attribution.ts';
import { countedShare } from './counted-hits.ts';
import { answeredOf, type MeasuredSample } from './measured.ts';
import type { ObservedRun } from './observed-run.ts';
import { heldShare } from './held.ts';
import { nameOf } from './trust.ts';

/** Claims above what was counted, or contradicted, beyond this share of arm C are no accident. */
const DISSENT_MAX = 0.1;
/** From this share of arm D on, what is sent to the holder is still there. */
const HELD_MIN = 0.9;

/**
 * Holds what answers claimed while many were under way against what engines counted and reported. A
 * gateway may be honest while it is watched; a source that claims more hits than the engines served is
 * not used. Says nothing where prefixes do not survive: then a right choice hits nothing either.
 */
export function crossExamine(run: ObservedRun): Trust {
  const held = heldShare(run);
  if (held !== null && held < HELD_MIN) return run.jury.trust;
  let { trust } = run.jury;
  for (const source of ['cached-tokens', 'body', 'header'] as const) {
    const dissent = dissentOf(source, { ...run, jury: { ...run.jury, trust } });
    if (dissent) trust = { ...trust, sources: withDissent(trust.sources, dissent) };
  }
  return trust;
}

interface Dissent {
  source: EvidenceSource;
  compared: number;
  wrong: number;
  quote: string;
}

function dissentOf(source: 'cached-tokens' | 'body' | 'header', run: ObservedRun): Dissent | null {
  if (!isTrusted(source, run.jury.trust)) return null;
  const routed = answeredOf(run.samples, 'C');
  const spoken = routed.filter((it) =>
    source === 'cached-tokens' ? it.cachedTokens !== undefined : nameOf(source, it) !== undefined,
  );
  if (spoken.length === 0) return null;
  const claimed = spoken.filter((it) => claimsHit(source, it, run)).length;
  const found = againstCounters(claimed, run) ?? againstReports(source, spoken, run);
  if (!found || found.wrong <= Math.max(1, DISSENT_MAX * spoken.length)) return null;
  return { source, compared: spoken.length, ...found };
}

function claimsHit(source: EvidenceSource, sample: MeasuredSample, run: ObservedRun): boolean {
  if (source === 'cached-tokens') return foundTokens(sample, run.jury) === true;
  const { servedBy } = attribute(sample, run.jury);
  return servedBy !== null && servedBy === sample.experiment.holderId;
}

/** More hits than the engines served. */
function againstCounters(
  claimed: number,
  { counts, jury, sizes }: ObservedRun,
): Pick<Dissent, 'wrong' | 'quote'> | null {
  const blocks = counts.filter(({ arm }) => arm === 'C');
  const counted = countedShare(blocks, jury.engines.length, sizes);
  if (counted === null) return null;
  const quote = `${claimed} hits claimed with routing on (C), the engines counted ${counted.hits}`;
  return { wrong: claimed - counted.hits, quote };
}

/** Named the holder, whose answer reports that it had nothing. */
function againstReports(
  source: EvidenceSource,
  spoken: readonly MeasuredSample[],
  run: ObservedRun,
): Pick<Dissent, 'wrong' | 'quote'> | null {
  // Seen at the holder by its own counter, and cold: then the prompt is another one, not the place.
  if (source === 'cached-tokens' || (run.routing?.reachedCold ?? 0) > 1) return null;
  const wrong = spoken.filter(
    (it) => claimsHit(source, it, run) && foundTokens(it, run.jury) === false,
  ).length;
  const quote = `${wrong} requests with routing on (C) were said to be at the holder and found nothing cached`;
  return { wrong, quote };
}

function withDissent(sources: readonly SourceTrust[], dissent: Dissent): SourceTrust[] {
  const { source, compared, wrong, quote } = dissent;
  const before = sources.find((it) => it.source === source);
  const after: SourceTrust = {
    source,
    compared: (before?.compared ?? 0) + compared,
    agreed: (before?.agreed ?? 0) + compared - wrong,
    isTrusted: false,
    contradiction: quote,
  };
  return [...sources.filter((it) => it.source !== source), after];
}

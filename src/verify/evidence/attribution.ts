import { countBy } from '../../base/lists.ts';
import type { EngineTarget } from '../../target/targets.ts';
import type { EvidenceSource, ServedEvidence, Trust } from '../result/result-evidence.ts';
import type { MeasuredSample } from './measured.ts';
import { engineNamed, nameOf } from './trust.ts';

/** What decides about the samples of one run. */
export interface Jury {
  engines: readonly EngineTarget[];
  trust: Trust;
}

export interface Attribution {
  /** Engine id, or the name as given where no engine of the run has it; null when nobody said. */
  servedBy: string | null;
  /** What decided `isHit`, or named the server. */
  source: EvidenceSource | 'unknown';
  /** Whether it reached an engine that held its prefix; null when nobody can tell. */
  isHit: boolean | null;
}

/** Where one request went, and whether that was right. A failed request is no hit whoever refused it. */
export function attribute(sample: MeasuredSample, jury: Jury): Attribution {
  const { holderId, directId } = sample.experiment;
  if (directId !== null)
    return { servedBy: directId, source: 'direct', isHit: holderId === directId };
  const named = servedByName(sample, jury);
  const isFound = foundTokens(sample, jury);
  if (sample.failure !== undefined) return { ...named, isHit: false };
  // A name that belongs to no engine may be any engine's: it says nothing of the holder.
  const isTold = holderId !== null && jury.engines.some(({ id }) => id === named.servedBy);
  const isThere = isTold ? named.servedBy === holderId : null;
  if (isThere === null) {
    const source = isFound === null ? named.source : 'cached-tokens';
    const servedBy = named.servedBy ?? (isFound === true ? holderId : null);
    return { servedBy, source, isHit: isFound };
  }
  return { ...named, isHit: isThere };
}

/** The most trusted name in an answer. */
function servedByName(
  sample: MeasuredSample,
  { engines, trust }: Jury,
): { servedBy: string | null; source: EvidenceSource | 'unknown' } {
  for (const source of ['body', 'header'] as const) {
    const name = isTrusted(source, trust) ? nameOf(source, sample) : undefined;
    if (name === undefined) continue;
    return { servedBy: engineNamed(name, engines, trust.aliases) ?? name, source };
  }
  return { servedBy: null, source: 'unknown' };
}

/**
 * Only the holder had the prefix. A reported hit found it; a report of less did not, whoever served; and
 * no report at all, where every engine reports what it has and the gateway passes it on, is a miss too.
 */
export function foundTokens(sample: MeasuredSample, { engines, trust }: Jury): boolean | null {
  const { reusableTokens, holderId, directId } = sample.experiment;
  if (reusableTokens === 0 || sample.failure !== undefined) return null;
  if (!isTrusted('cached-tokens', trust)) return null;
  if (sample.cachedTokens !== undefined) return sample.cachedTokens >= reusableTokens / 2;
  if (directId === null && !trust.isPassedOn) return null;
  const isReporting = (id: string): boolean => trust.reporters.includes(id);
  const wouldSay =
    holderId === null
      ? engines.length > 0 && engines.every(({ id }) => isReporting(id))
      : isReporting(holderId);
  return wouldSay ? false : null;
}

/**
 * Tokens of a prompt that came from a cache; undefined where nobody tells. A failure took none, and
 * neither did what an engine that reports its hits says nothing of.
 */
export function cachedTokensOf(sample: MeasuredSample, jury: Jury): number | undefined {
  if (sample.failure !== undefined) return 0;
  if (!isTrusted('cached-tokens', jury.trust)) return undefined;
  return sample.cachedTokens ?? (foundTokens(sample, jury) === false ? 0 : undefined);
}

export function isTrusted(source: EvidenceSource, { sources }: Trust): boolean {
  return sources.find((it) => it.source === source)?.isTrusted ?? true;
}

/** Summary over the requests that went through the gateway. */
export function servedEvidence(routed: readonly MeasuredSample[], jury: Jury): ServedEvidence {
  const bySource = countBy(routed, (it) => attribute(it, jury).source);
  return { requests: routed.length, bySource, ...jury.trust };
}

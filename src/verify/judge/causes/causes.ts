import { present } from '../../../base/lists.ts';
import type { Check } from '../../../base/outcome.ts';
import type { Cause } from '../../result/result-attribution.ts';
import type { Evidence } from '../evidence.ts';
import { type CauseRow, Seen } from './cause.ts';
import { alwaysOneEngine } from './always-one-engine.ts';
import { answeredWithoutEngine } from './answered-without-engine.ts';
import { emptyIndex } from './empty-index.ts';
import { enginesAreOneProcess } from './engines-are-one-process.ts';
import { enginesUnequal } from './engines-unequal.ts';
import { eviction } from './eviction.ts';
import { eventsMissing } from './events-missing.ts';
import { evidenceContradicts } from './evidence-contradicts.ts';
import { exactRepeatsOnly } from './exact-repeats-only.ts';
import { failuresHideMisses } from './failures-hide-misses.ts';
import { foreignTraffic } from './foreign-traffic.ts';
import { gatewaySlow } from './gateway-slow.ts';
import { hintIgnored } from './hint-ignored.ts';
import { hotSpot } from './hot-spot.ts';
import { keptTogetherOtherwise } from './kept-together-otherwise.ts';
import { lookupFails } from './lookup-fails.ts';
import { noAffinity } from './no-affinity.ts';
import { nothingToGain } from './nothing-to-gain.ts';
import { overload } from './overload.ts';
import { prefixCachingOff } from './prefix-caching-off.ts';
import { promptRewritten } from './prompt-rewritten.ts';
import { promptsTooShort } from './prompts-too-short.ts';
import { repeatedRequests } from './repeated-requests.ts';
import { staleIndex } from './stale-index.ts';
import { tokensDiffer } from './tokens-differ.ts';
import { tokensItCannotHave } from './tokens-it-cannot-have.ts';
import { wrongInstanceIds } from './wrong-instance-ids.ts';

/** Every cause that is known, what explains most first. */
export const CAUSES: readonly CauseRow[] = [
  answeredWithoutEngine,
  enginesAreOneProcess,
  repeatedRequests,
  foreignTraffic,
  promptRewritten,
  tokensItCannotHave,
  evidenceContradicts,
  prefixCachingOff,
  eviction,
  promptsTooShort,
  wrongInstanceIds,
  emptyIndex,
  staleIndex,
  eventsMissing,
  lookupFails,
  tokensDiffer,
  exactRepeatsOnly,
  keptTogetherOtherwise,
  alwaysOneEngine,
  hintIgnored,
  failuresHideMisses,
  noAffinity,
  nothingToGain,
  hotSpot,
  gatewaySlow,
  enginesUnequal,
  overload,
];

/**
 * The first row that something speaks for and nothing against. A cause that does not fit is worse than
 * none: then it is not known, with what was considered. What is merely open needs no cause.
 */
export function causeOf(evidence: Evidence, checks: readonly Check[]): Cause | null {
  const seen = new Seen(evidence, checks);
  const fitting = CAUSES.filter((row) => row.speaksFor(seen).some(Boolean));
  const found = fitting.find((row) => !row.speaksAgainst?.(seen).some(Boolean));
  const considered = fitting.filter((row) => row !== found).map((row) => row.id);
  // What is only open says itself what would close it.
  if (!found) return seen.hasFailed ? { ...NOT_KNOWN, considered } : null;
  return {
    id: found.id,
    sentence: found.sentence(seen),
    evidence: present(found.speaksFor(seen)),
    remedy: found.remedy(seen),
    considered,
  };
}

const NOT_KNOWN: Omit<Cause, 'considered'> = {
  id: 'not-known',
  sentence: 'The cause is not known.',
  evidence: [],
  remedy:
    'Keep the run with --bundle FILE and look at the samples with routing on (C): who served them, what was cached, and the gateway’s own reason.',
};

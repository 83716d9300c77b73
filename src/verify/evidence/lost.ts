import { UNTOLD } from '../../load/sample.ts';
import type { MeasuredSample } from './measured.ts';
import type { BlockCount } from './block-count.ts';

/**
 * The samples, and a failure for every request that a block should hold and of which none is left:
 * what is missing must not look better than what failed.
 */
export function withLost(
  samples: readonly MeasuredSample[],
  counts: readonly BlockCount[],
): MeasuredSample[] {
  const lost = counts.flatMap(({ arm, round, planned }) => {
    const ofArm = samples.filter((it) => it.arm === arm);
    const seen = ofArm.filter((it) => it.block === round).length;
    const like = ofArm[0];
    if (!like) return [];
    return Array.from({ length: Math.max(0, planned - seen) }, (_, index) =>
      lostLike(like, { round, name: `${arm}/${round}/lost-${index}` }),
    );
  });
  return [...samples, ...lost];
}

/** Nothing is known of it but where it was to go. */
function lostLike(
  like: MeasuredSample,
  { round, name }: { round: number; name: string },
): MeasuredSample {
  const { intendedMs, experiment } = like;
  return {
    ...like,
    ...UNTOLD,
    id: -1,
    block: round,
    group: name,
    sentMs: intendedMs,
    endMs: intendedMs,
    itlsMs: [],
    failure: 'reset',
    problem: 'No sample of this request is left.',
    answerBytes: 0,
    experiment: {
      ...experiment,
      requestId: name,
      holderId: null,
      lookupId: null,
      lookupTokens: 0,
    },
  };
}

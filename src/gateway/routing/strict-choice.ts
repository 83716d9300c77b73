import type { Random } from '../../base/random.ts';
import type { Candidate, Choice } from './choose.ts';

/**
 * Chooses as Pixiu does: the largest count wins, even a count of zero and on an endpoint that is
 * down; which of several equal ones is left to Go's map order, here to a seeded draw.
 */
export function strictChoice(random: Random): (candidates: readonly Candidate[]) => Choice {
  return (candidates) => {
    const listed = candidates.filter(({ isListed }) => isListed);
    if (listed.length === 0) {
      return { reason: 'no-holder', endpointId: undefined, matchedTokens: undefined };
    }
    const mostTokens = Math.max(...listed.map(({ matchedTokens }) => matchedTokens));
    const equals = listed.filter(({ matchedTokens }) => matchedTokens === mostTokens);
    const chosen = equals[random.int(equals.length)]!;
    return {
      reason: equals.length > 1 ? 'tie' : 'hit',
      endpointId: chosen.endpointId,
      matchedTokens: chosen.matchedTokens,
    };
  };
}

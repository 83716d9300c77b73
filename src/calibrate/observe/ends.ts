import { sumOf } from '../../base/lists.ts';
import type { Observation } from './observation.ts';
import type { Seen } from './timeline.ts';

/** What got its last token in one step is delayed together: one observation, not one for each. */
const TOGETHER_MS = 2;

/** From the last token to the end of the answer, a mean for each step in which answers ended. */
export function ends(timeline: readonly Seen[]): Observation[] {
  const ended = timeline
    .filter(({ sample, arrivalsMs }) => sample.phase === 'measure' && arrivalsMs.length > 0)
    .toSorted((a, b) => a.lastMs - b.lastMs);
  const groups: Seen[][] = [];
  let fromMs = -Infinity;
  for (const seen of ended) {
    if (seen.lastMs - fromMs > TOGETHER_MS) {
      groups.push([]);
      fromMs = seen.lastMs;
    }
    groups.at(-1)!.push(seen);
  }
  return groups.map(observed);
}

function observed(group: readonly Seen[]): Observation {
  const { sample } = group[0]!;
  return {
    kind: 'end',
    ms: sumOf(group, (it) => it.sample.endMs - it.lastMs) / group.length,
    amounts: { postMs: 1, outputMsPerToken: sumOf(group, (it) => it.outputTokens) / group.length },
    steps: 1,
    chunks: [],
    atMs: sample.sentMs,
    block: sample.block,
  };
}

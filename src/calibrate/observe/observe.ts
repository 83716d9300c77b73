import type { Sample } from '../../load/sample.ts';
import { ends } from './ends.ts';
import { type Chunking, firstTokens } from './first-tokens.ts';
import type { Observation } from './observation.ts';
import { sharedSteps } from './shared-steps.ts';
import { steps } from './steps.ts';
import { timelineOf } from './timeline.ts';

/** Everything that one engine's samples say of its terms. */
export function observationsOf(samples: readonly Sample[], chunking: Chunking): Observation[] {
  const timeline = timelineOf(samples);
  return [
    ...firstTokens(timeline, chunking),
    ...sharedSteps(timeline, chunking),
    ...steps(timeline),
    ...ends(timeline),
  ];
}

/** What of a run is not fitted, to be predicted afterwards. */
export interface Split {
  isHeldOut: (it: { block: number; atMs: number }) => boolean;
  /** For people. */
  rule: string;
}

/** Every so manyth round is kept back. */
const HELD_EVERY = 4;
/** Of a run without rounds this share, the last of it. */
const HELD_SHARE = 1 / HELD_EVERY;

/** Whole rounds are kept back, or the end of a run that has none: what is predicted was never fitted. */
export function splitOf(samples: readonly Sample[]): Split {
  const measured = samples.filter(({ phase }) => phase === 'measure');
  const blocks = [...new Set(measured.map(({ block }) => block))].toSorted((a, b) => a - b);
  if (blocks.length >= HELD_EVERY) {
    const held = new Set(blocks.filter((_, at) => at % HELD_EVERY === HELD_EVERY - 1));
    return { isHeldOut: ({ block }) => held.has(block), rule: `every ${HELD_EVERY}th round` };
  }
  const starts = measured.map(({ sentMs }) => sentMs).toSorted((a, b) => a - b);
  const fromMs = starts[Math.floor(starts.length * (1 - HELD_SHARE))] ?? Infinity;
  return { isHeldOut: ({ atMs }) => atMs >= fromMs, rule: `the last ${100 * HELD_SHARE} %` };
}

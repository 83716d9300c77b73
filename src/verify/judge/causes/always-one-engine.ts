import type { CauseRow, Seen } from './cause.ts';

/** Two of two answers are at one engine by luck: enough of them must be. */
function isAtOne({ busiest }: Seen): boolean {
  return !!busiest && busiest.share >= 0.9 && busiest.low > (1 + busiest.fair) / 2;
}

/** Less than blind choice finds: whoever does that knows the holder. */
function isAvoiding({ figures: { routing } }: Seen): boolean {
  const index = routing?.tests.find((it) => it.id === 'index');
  return !!index?.interval && index.interval.high < (index.chance ?? 0);
}

/** All to one. */
export const alwaysOneEngine: CauseRow = {
  id: 'always-one-engine',
  sentence: (seen) => `The gateway sends nearly everything to one engine, ${seen.busiest?.id}.`,
  remedy: () =>
    'Check which engines the gateway knows and holds healthy, and whether a hint or a hash is the same for all requests.',
  speaksFor: (seen) => [
    isAtOne(seen) &&
      `${Math.round(100 * (seen.busiest?.share ?? 0))} % with routing on (C) went to ${seen.busiest?.id}`,
  ],
  speaksAgainst: (seen) => [
    isAvoiding(seen) && 'the engine that holds a prompt is avoided, whichever it is',
  ],
};

import type { CauseRow } from './cause.ts';

/** Stickiness of another kind. */
export const keptTogetherOtherwise: CauseRow = {
  id: 'kept-together-otherwise',
  sentence: (seen) => `The gateway keeps ${seen.routing?.learns}s together, whatever the prompts.`,
  remedy: () =>
    'That helps only clients that keep one session or connection per shared prefix; for others route by prefix.',
  speaksFor: (seen) => [
    (seen.routing?.learns === 'session' || seen.routing?.learns === 'connection') &&
      `unlike prompts of one ${seen.routing?.learns} stay together, equal beginnings do not`,
  ],
};

import { type CauseRow, when } from './cause.ts';

/** Stickiness of another kind. */
export const keptTogetherOtherwise: CauseRow = {
  id: 'kept-together-otherwise',
  sentence: (seen) =>
    `The gateway keeps ${seen.figures.routing?.learns}s together, whatever the prompts.`,
  remedy: () =>
    'That helps only clients that keep one session or connection per shared prefix; for others route by prefix.',
  speaksFor: (seen) =>
    when(
      seen.figures.routing?.learns === 'session' || seen.figures.routing?.learns === 'connection',
      `unlike prompts of one ${seen.figures.routing?.learns} stay together, equal beginnings do not`,
    ),
};

import { type CauseRow, when } from './cause.ts';

/** Answers that no engine counted. */
export const answeredWithoutEngine: CauseRow = {
  id: 'answered-without-engine',
  sentence: () => 'Requests are answered by somebody who is none of the engines.',
  remedy: () =>
    'Look for a response cache or canned answers in the gateway, or for an engine that was not given with --engine.',
  speaksFor: (seen) => [
    ...when(
      seen.isInvalid('answered-without-engine'),
      'answers that no engine counted, under load',
    ),
    ...when(
      (seen.figures.routing?.uncounted ?? 0) > 2,
      `${seen.figures.routing?.uncounted} of ${seen.figures.routing?.requests} answers, one at a time, that no engine counted`,
    ),
  ],
};

import type { CauseRow } from './cause.ts';

/** Answers that no engine counted. */
export const answeredWithoutEngine: CauseRow = {
  id: 'answered-without-engine',
  sentence: () => 'Requests are answered by somebody who is none of the engines.',
  remedy: () =>
    'Look for a response cache or canned answers in the gateway, or for an engine that was not given with --engine.',
  speaksFor: (seen) => [
    seen.isInvalid('answered-without-engine') && 'answers that no engine counted, under load',
    (seen.routing?.uncounted ?? 0) > 2 &&
      `${seen.routing?.uncounted} of ${seen.routing?.requests} answers, one at a time, that no engine counted`,
  ],
};

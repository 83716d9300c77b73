import { type CauseRow, when } from './cause.ts';

/** The prompt changes on its way. */
export const promptRewritten: CauseRow = {
  id: 'prompt-rewritten',
  sentence: () => 'The gateway changes the prompt: the engines get other tokens than were sent.',
  remedy: () =>
    'Look for system prompts, templates or guardrails that the gateway adds; give them to the engines’ requests as well, or turn them off.',
  speaksFor: (seen) => [
    ...when(
      Math.abs(seen.figures.routing?.addedTokens ?? 0) >= 2,
      `${seen.figures.routing?.addedTokens?.toFixed(1)} tokens more through the gateway than sent`,
    ),
    ...when(seen.isInvalid('prompt-rewritten'), 'prompts through the gateway are of other length'),
  ],
  speaksAgainst: () => [],
};

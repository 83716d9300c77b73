import { type CauseRow, type Seen } from './cause.ts';

/** There, and yet not the same: a timestamp, an id or a salt in front of every prompt. */
function isSetApart({ figures: { routing }, held }: Seen): boolean {
  const { reached = 0, reachedCold = 0 } = routing ?? {};
  return reached >= 4 && reachedCold >= 0.9 * reached && (held ?? 1) >= 0.9;
}

/** The prompt changes on its way. */
export const promptRewritten: CauseRow = {
  id: 'prompt-rewritten',
  sentence: () =>
    'The gateway changes prompts or sets them apart: the engines get other tokens than were sent.',
  remedy: () =>
    'Look for system prompts, timestamps, ids, salts, templates or guardrails that the gateway adds; give them to the engines’ requests as well, or turn them off.',
  speaksFor: (seen) => [
    Math.abs(seen.routing?.addedTokens ?? 0) >= 2 &&
      `${seen.routing?.addedTokens?.toFixed(1)} tokens more through the gateway than sent`,
    isSetApart(seen) &&
      `${seen.routing?.reachedCold} of ${seen.routing?.reached} repeats reached the engine that held them and found nothing, asked directly they do`,
    seen.isInvalid('prompt-rewritten') && 'prompts through the gateway are of other length',
  ],
};

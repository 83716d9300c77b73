import type { CauseRow } from './cause.ts';

/** Whole prompts, not beginnings. */
export const exactRepeatsOnly: CauseRow = {
  id: 'exact-repeats-only',
  sentence: () =>
    'The gateway routes exact repeats of a whole prompt, but not prompts that share their beginning.',
  remedy: () =>
    'Chats that grow and shared system prompts are never routed so (Pixiu looks up only prompts whose tokens it has cached before; hashes of the whole body do the like). Use a gateway that matches prefixes.',
  speaksFor: (seen) => [
    seen.routing?.scope === 'exact-repeats' && 'exact repeats are found, shared beginnings are not',
  ],
};

import type { CauseRow } from './cause.ts';

/** By load, in turn, or at random. */
export const noAffinity: CauseRow = {
  id: 'no-affinity',
  sentence: () =>
    'The gateway routes as if it knew nothing of prefixes: by load, in turn, or at random.',
  remedy: () =>
    'Turn its cache-aware policy on; where it is on, check that it sees the prompts (body size limits, streaming, other routes) and that its index is fed.',
  speaksFor: (seen) => [
    seen.routing?.learns === 'none' &&
      'neither what engines hold nor what was routed before is found again more often than by chance',
  ],
  speaksAgainst: (seen) => [
    seen.hasGoodIndex && 'there is an index to follow',
    seen.lookup != null && !seen.hasGoodIndex && 'its index is wrong',
  ],
};

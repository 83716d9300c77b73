import type { CauseRow } from './cause.ts';

/** A name that is not where the request went. */
export const evidenceContradicts: CauseRow = {
  id: 'evidence-contradicts',
  sentence: () =>
    'The gateway names another engine than the one that served: what it says is not what it does.',
  remedy: () =>
    'Find out who writes that name (a hint is not a choice), and why the choice does not follow it.',
  speaksFor: (seen) =>
    (seen.figures.served?.sources ?? [])
      .filter((it) => (it.source === 'header' || it.source === 'body') && !it.isTrusted)
      .map((it) => it.contradiction ?? it.source),
};

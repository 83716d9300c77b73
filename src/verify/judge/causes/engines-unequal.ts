import type { CauseRow } from './cause.ts';

/** One is slower than the other. */
export const enginesUnequal: CauseRow = {
  id: 'engines-unequal',
  sentence: () =>
    'The engines are of unequal speed: sent to the one with its prefix, a request may wait for the slower.',
  remedy: () =>
    'Compare hardware, versions and settings of the engines; weigh the slower one less.',
  speaksFor: (seen) => [
    seen.missesTime &&
      seen.speedRatio > 1.5 &&
      `asked directly, one engine takes ×${seen.speedRatio.toFixed(2)} of another’s time`,
  ],
};

import type { CauseRow } from './cause.ts';

/** The way costs what the hit saves. */
export const gatewaySlow: CauseRow = {
  id: 'gateway-slow',
  sentence: () => 'The gateway itself takes the time that hits save.',
  remedy: () =>
    'Compare the gateway tax: look at its lookups, its tokenizer, its filters and its own load.',
  speaksFor: (seen) => [
    seen.missesTime &&
      seen.comparison('gateway-tax')?.verdict === 'worse' &&
      (seen.comparison('gateway-tax')?.value ?? 0) > 1.2 &&
      `certain hits take ×${seen.comparison('gateway-tax')?.value?.toFixed(2)} of the time they take without it`,
  ],
  speaksAgainst: (seen) => [
    seen.outcome('control') === 'inconclusive' && 'hits save no visible time to begin with',
  ],
};

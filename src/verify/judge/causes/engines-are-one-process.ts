import type { CauseRow } from './cause.ts';

/** Two addresses, one engine. */
export const enginesAreOneProcess: CauseRow = {
  id: 'engines-are-one-process',
  sentence: () =>
    'Several engines are one process behind several addresses: every choice is the right one.',
  remedy: () => 'Give each engine once, by the address of its own process.',
  speaksFor: (seen) => [
    seen.routing?.isOneProcess === true && 'asking one engine moves the counters of another',
    seen.finding('distinct-engines') === 'fail' && seen.findingText('distinct-engines'),
  ],
};

import { type CauseRow, when } from './cause.ts';

/** Two addresses, one engine. */
export const enginesAreOneProcess: CauseRow = {
  id: 'engines-are-one-process',
  sentence: () =>
    'Several engines are one process behind several addresses: every choice is the right one.',
  remedy: () => 'Give each engine once, by the address of its own process.',
  speaksFor: (seen) => [
    ...when(
      seen.figures.routing?.isOneProcess === true,
      'asking one engine moves the counters of another',
    ),
    ...when(seen.finding('distinct-engines') === 'fail', seen.findingText('distinct-engines')),
  ],
};

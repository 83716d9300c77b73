import type { LoadEnd } from './build-load.ts';

/** The end of a run that never came to its own: nothing was judged. */
export const KILLED: Pick<LoadEnd, 'outcome' | 'exitCode' | 'isPartial' | 'stopReason' | 'checks'> =
  {
    outcome: 'inconclusive',
    exitCode: 4,
    isPartial: true,
    stopReason: 'The process ended before the run did.',
    checks: [
      {
        id: 'run-complete',
        claim: 'The run came to its end.',
        outcome: 'inconclusive',
        expected: 'an end in the sample log',
        actual: 'none',
        evidence: 'The process was killed or is still measuring.',
        remedy: 'Repeat the run; the figures here cover what was measured.',
      },
    ],
  };

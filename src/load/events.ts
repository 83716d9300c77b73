import type { SampleLabels } from './sample.ts';

/** What happens while a phase runs, for live views; whatever an event reports is already in the log. */
export type LoadEvent =
  | { type: 'phase-started'; labels: SampleLabels; expected: ExpectedEnd }
  | ({ type: 'progress'; labels: SampleLabels } & Progress)
  | ({ type: 'phase-ended'; labels: SampleLabels; ended: PhaseEnd } & Progress);

export interface ExpectedEnd {
  requests: number | undefined;
  durationMs: number | undefined;
}

export interface Progress {
  elapsedMs: number;
  started: number;
  finished: number;
  failed: number;
  inFlight: number;
  /** Due but not sent yet because every connection is taken. */
  waiting: number;
  /** Live, from a histogram, over successes; undefined before the first one. */
  latencyMsP50: number | undefined;
  latencyMsP95: number | undefined;
}

/** `stopped`: by the user. `too-many-errors`: see {@link ErrorGuard}. */
export type PhaseEnd = 'complete' | 'stopped' | 'too-many-errors';

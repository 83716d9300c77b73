import type { Amounts } from '../terms.ts';

/** What one time is the sum of: an equation of the fit. */
export interface Observation {
  kind: 'first-token' | 'step' | 'end';
  ms: number;
  amounts: Amounts;
  /** Steps that `ms` is the mean of; 1 otherwise. */
  steps: number;
  /** Of a first token: the amounts of each chunk of its prefill. */
  chunks: readonly Amounts[];
  /** On the run's clock. */
  atMs: number;
  /** Round of the plan or of the experiment; 0 outside one. */
  block: number;
}

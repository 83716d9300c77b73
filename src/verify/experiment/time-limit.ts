import type { Clock } from '../../base/clock.ts';
import { verifyError } from '../errors.ts';

export interface TimeLimit {
  /** On the run's clock; Infinity without a limit. */
  deadlineMs: number;
  /** Aborted with TIME_SPENT at the deadline, or with the user's own reason before. */
  signal: AbortSignal | undefined;
  /** The run has ended by itself. */
  lift: () => void;
}

/** Ends a run when its time is spent, wherever it is then: preflight and controls count like the rest. */
export function timeLimit(
  durationMs: number,
  { clock, signal }: { clock: Clock; signal?: AbortSignal | undefined },
): TimeLimit {
  if (durationMs === Infinity) return { deadlineMs: Infinity, signal, lift: () => {} };
  const deadlineMs = clock.nowMs() + durationMs;
  const spent = new AbortController();
  const lift = clock.at(deadlineMs, () => spent.abort(verifyError('TIME_SPENT')));
  const both = signal ? AbortSignal.any([signal, spent.signal]) : spent.signal;
  return { deadlineMs, signal: both, lift };
}

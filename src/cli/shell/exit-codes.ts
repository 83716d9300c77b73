import { type ErrorKind, KvcacheError } from '../../base/errors.ts';
import type { Outcome } from '../../base/outcome.ts';

/** The one list of exit codes; `docs/exit-codes.md` explains them and a test keeps the two equal. */
export const ExitCode = {
  /** Everything asked for holds. */
  pass: 0,
  /** A check or a threshold failed. */
  checkFailed: 1,
  /** The command line, the environment or a config file is wrong. */
  usage: 2,
  /** A target could not be reached or started. */
  targetUnreachable: 3,
  /** The evidence decides nothing either way. Not a pass. */
  inconclusive: 4,
  /** The run itself cannot be trusted: contaminated, foreign traffic, generator-bound. */
  runInvalid: 5,
  /** A bug in kvcache. Please report it. */
  internal: 70,
  /** Stopped by Ctrl-C (SIGINT). */
  interrupted: 130,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export function exitCodeOfOutcome(outcome: Outcome): ExitCode {
  switch (outcome) {
    case 'pass':
      return ExitCode.pass;
    case 'fail':
      return ExitCode.checkFailed;
    case 'inconclusive':
      return ExitCode.inconclusive;
    case 'invalid':
      return ExitCode.runInvalid;
    case 'error':
      return ExitCode.targetUnreachable;
  }
}

export function exitCodeOfError(kind: ErrorKind, code: string): ExitCode {
  switch (kind) {
    case 'usage':
      return ExitCode.usage;
    case 'target':
      return ExitCode.targetUnreachable;
    case 'invalid':
      return ExitCode.runInvalid;
    case 'interrupted':
      return code === 'TERMINATED' ? ExitCode.terminated : ExitCode.interrupted;
  }
}

/** Of a run that was cut short by what aborts `signal`. */
export function exitCodeOfStop(signal: AbortSignal): ExitCode {
  const reason: unknown = signal.reason;
  return reason instanceof KvcacheError
    ? exitCodeOfError(reason.kind, reason.code)
    : ExitCode.interrupted;
}

import { basename } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { KvcacheError } from '../base/errors.ts';

/** A stream we write to: stdout, stderr, or a test's buffer. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything of the process that commands may see. Nothing below `cli` reads `process`. */
export interface CliContext {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  /** Name we were called by: `kvcache`, or `pixiu` through a symlink. */
  readonly programName: string;
  readonly env: Environment;
  readonly cwd: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly clock: Clock;
  /** Aborted with a `KvcacheError` of kind `interrupted` on SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export function processContext(): CliContext {
  return {
    args: process.argv.slice(2),
    programName: basename(process.argv[1] ?? 'kvcache').replace(/\.[cm]?js$/, ''),
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    signal: stopSignal(),
  };
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (code: string, message: string): void => {
    controller.abort(
      new KvcacheError({ kind: 'interrupted', code, message, remedy: 'Start it again to go on.' }),
    );
  };
  process.on('SIGINT', () => stop('INTERRUPTED', 'Interrupted.'));
  process.on('SIGTERM', () => stop('TERMINATED', 'Terminated.'));
  process.on('SIGHUP', () => stop('TERMINATED', 'The terminal went away.'));
  return controller.signal;
}

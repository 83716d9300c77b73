import type { Environment } from '../../base/environment.ts';
import { basename } from 'node:path';
import { isatty } from 'node:tty';
import { type Clock, systemClock } from '../../base/clock.ts';
import { cliError } from './errors.ts';
import { exitCodeOfError } from './exit-codes.ts';

/** A stream we write to: stdout, stderr, or a test's buffer. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
  /** Calls of `write` whose text was lost; a test's buffer loses nothing. */
  readonly lostCount?: number;
  /** Why, the first time. */
  readonly loss?: unknown;
  /** When everything written so far is out, or lost. */
  flushed?(): Promise<void>;
}

/** Everything of the process that commands may see. Nothing below `cli` reads `process`. */
export interface CliContext {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  /** Name we were called by: `kvcache`, or `pixiu` through a symlink. */
  readonly programName: string;
  readonly env: Environment;
  readonly cwd: string;
  /** The Node binary that runs us, for child processes of our own. */
  readonly nodePath: string;
  /** Everything on stdin until it ends. */
  readonly readStdin: () => Promise<string>;
  /** The same in pieces, for what need not be held as a whole. */
  readonly stdin: () => AsyncIterable<Buffer>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly clock: Clock;
  /** Aborted with a `KvcacheError` of kind `interrupted` on SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** From now on SIGHUP calls `listener` instead of ending the program, unless the terminal went away: servers reload on it. */
  onHangup(listener: () => void): void;
}

export function processContext(stdout: OutputStream, stderr: OutputStream): CliContext {
  const stops = stopSignals();
  return {
    args: process.argv.slice(2),
    programName: basename(process.argv[1] ?? 'kvcache').replace(/\.[cm]?js$/, ''),
    env: process.env,
    cwd: process.cwd(),
    nodePath: process.execPath,
    readStdin: async () => (await import('node:stream/consumers')).text(process.stdin),
    stdin: () => process.stdin as AsyncIterable<Buffer>,
    stdout,
    stderr,
    clock: systemClock,
    signal: stops.signal,
    onHangup: stops.onHangup,
  };
}

/** Of a terminal that was closed the system says that it is none. */
function isOnTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}

/** The first signal asks politely; a second one ends the process there and then. */
function stopSignals(): Pick<CliContext, 'signal' | 'onHangup'> {
  const controller = new AbortController();
  const wasOnTerminal = isOnTerminal();
  let hangupListener: (() => void) | undefined;
  const stop = (code: 'INTERRUPTED' | 'TERMINATED', told?: { message: string }): void => {
    // Our children notice that we are gone and end themselves.
    if (controller.signal.aborted) process.exit(exitCodeOfError('interrupted', code));
    controller.abort(cliError(code, told));
  };
  process.on('SIGINT', () => stop('INTERRUPTED'));
  process.on('SIGTERM', () => stop('TERMINATED'));
  process.on('SIGHUP', () => {
    const isTerminalGone = wasOnTerminal && !isOnTerminal();
    if (hangupListener && !isTerminalGone) hangupListener();
    else stop('TERMINATED', { message: 'The terminal went away.' });
  });
  // A parent that opened a channel to us would have ended us with it.
  if (process.connected) {
    process.once('disconnect', () =>
      stop('TERMINATED', { message: 'The parent process went away.' }),
    );
  }
  return {
    signal: controller.signal,
    onHangup: (listener) => {
      hangupListener = listener;
    },
  };
}

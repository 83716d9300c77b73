import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Environment } from '../base/environment.ts';
import { superviseError } from './errors.ts';

export interface ForegroundCommand {
  file: string;
  args: readonly string[];
  cwd: string;
  /** Its whole environment. */
  env: Environment;
  /** Aborted, the command is asked to end, and after the grace made to. */
  signal: AbortSignal;
  graceMs: number;
}

/**
 * Runs a command that has our terminal until it ends: it reads and prints as if it had been called itself.
 * @returns its exit code; 128 and the signal's number when a signal ended it, as shells have it
 * @throws KvcacheError CHILD_NOT_STARTED (kind target)
 */
export function runForeground(command: ForegroundCommand): Promise<number> {
  const { file, args, cwd, env, signal, graceMs } = command;
  const child = spawn(file, args, { cwd, env, stdio: 'inherit' });
  let killing: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill('SIGTERM');
    killing = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  return new Promise<number>((resolve, reject) => {
    child.once('error', (cause) => {
      if (child.pid !== undefined) return;
      const message = `The command cannot be started: ${file}.`;
      reject(superviseError('CHILD_NOT_STARTED', { message, where: cwd, cause }));
    });
    child.once('exit', (code, name) => resolve(code ?? codeOfSignal(name)));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  }).finally(() => {
    signal.removeEventListener('abort', end);
    clearTimeout(killing);
  });
}

function codeOfSignal(name: ChildProcess['signalCode']): number {
  return 128 + (name === null ? 0 : constants.signals[name]);
}

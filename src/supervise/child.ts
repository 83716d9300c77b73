import type { Environment } from '../base/environment.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Clock, sleep } from '../base/clock.ts';
import type { KvcacheError } from '../base/errors.ts';
import { lastLines } from './child-log.ts';
import { superviseError } from './errors.ts';

export interface ChildSpec {
  /** Names the child in messages: "mock controller". */
  role: string;
  program: Program;
  cwd: string;
  /** The child's whole environment. */
  env: Environment;
  /** Both output streams go here; made with mode 0600. */
  logPath: string;
  /** Between TERM and KILL. */
  graceMs: number;
}

/** What to run: one of our own Node programs, or a binary that is a stranger to us. */
export type Program =
  | { kind: 'node'; script: string; args: readonly string[] }
  | { kind: 'foreign'; file: string; args: readonly string[] };

export interface ExitInfo {
  /** Undefined when a signal ended the process. */
  code: number | undefined;
  signal: string | undefined;
}

export interface Child {
  readonly role: string;
  readonly pid: number;
  readonly logPath: string;
  /** Never rejects. */
  readonly exited: Promise<ExitInfo>;
  /** TERM to the child's whole group, KILL after the grace. Resolves when the child is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a child as the leader of its own process group, so that a Ctrl-C in the terminal reaches
 * only us and we can signal all of its descendants. An IPC channel ties its life to ours: our own
 * programs preload `lifeline`, foreign ones run under `guardian`.
 * @param nodePath the Node binary to run with
 * @throws KvcacheError CHILD_NOT_STARTED (kind target)
 */
export function startChild(spec: ChildSpec, nodePath: string, clock: Clock): Child {
  const log = openSync(spec.logPath, 'a', 0o600);
  const subprocess = spawn(nodePath, argvOf(spec.program), {
    cwd: spec.cwd,
    env: spec.env,
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  closeSync(log);
  const { pid } = subprocess;
  if (pid === undefined) {
    const message = `The ${spec.role} could not be started.`;
    throw superviseError('CHILD_NOT_STARTED', { message, where: nodePath });
  }
  const exited = once(subprocess, 'exit').then(
    ([code, signal]: (number | string | null)[]): ExitInfo => ({
      code: (code as number | null) ?? undefined,
      signal: (signal as string | null) ?? undefined,
    }),
  );
  const stop = async (): Promise<void> => {
    signalGroup(pid, 'SIGTERM');
    const patience = new AbortController();
    const gone = exited.then(() => patience.abort());
    await sleep(clock, spec.graceMs, patience.signal).catch(() => {});
    signalGroup(pid, 'SIGKILL');
    await gone;
  };
  return { role: spec.role, pid, logPath: spec.logPath, exited, stop };
}

/** CHILD_DIED (kind target): how the child ended, and the last lines of its log. */
export async function childDied(child: Child, exit: ExitInfo): Promise<KvcacheError> {
  const how =
    exit.signal === undefined ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
  return superviseError('CHILD_DIED', {
    message: `The ${child.role} ${how} while it was needed.`,
    where: child.logPath,
    details: await lastLines(child.logPath),
  });
}

function argvOf(program: Program): string[] {
  return program.kind === 'node'
    ? ['--import', new URL(besideUs('lifeline')).href, program.script, ...program.args]
    : [fileURLToPath(besideUs('guardian')), program.file, ...program.args];
}

/** Our process entries exist only built; the sources run them from `dist`, too. */
function besideUs(name: string): URL {
  const here = new URL(`./${name}.js`, import.meta.url);
  return import.meta.url.endsWith('.ts')
    ? new URL(`../../dist/src/supervise/${name}.js`, import.meta.url)
    : here;
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

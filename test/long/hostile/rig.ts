import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { isAlive } from '../../helpers/processes.ts';
import { ROOT, startKvcache } from '../../helpers/exec.ts';

/** What the gateway may take at any time, whatever is done to it. */
const RSS_MIB_MAX = 300;

export interface SpawnedGateway extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  /** The config file, and what a test writes beside it. */
  readonly folder: string;
  readonly file: string;
  /** Everything logged so far. */
  log(): string;
  /** Alive, and within its memory from its start until now. */
  check(): void;
}

export interface Surroundings {
  /** Shell commands before it starts: `ulimit -n 64`. */
  before?: string;
  /** Where its log goes, for a shell; default a pipe that is read. */
  log?: string;
  /** Whether the pipe of its log is read. */
  isLogRead?: boolean;
  /** Of Node, for a shell. */
  nodeFlags?: string;
}

/** The built gateway as a process of its own, so that a death or its memory are its own. */
export async function spawnGateway(
  config: string,
  { before = ':', log: logPath, isLogRead = true, nodeFlags = '' }: Surroundings = {},
): Promise<SpawnedGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-hostile-'));
  const file = join(folder, 'conf.yaml');
  writeFileSync(file, config);
  const command = [
    process.execPath,
    nodeFlags,
    join(ROOT, 'bin/kvcache.js'),
    'gateway',
    'start',
    '-c',
    file,
  ];
  const redirect = logPath === undefined ? '' : `2>> ${logPath}`;
  const script = `${before}; exec ${command.join(' ')} --json ${redirect}`;
  const child = startKvcache(['-c', script], { file: '/bin/bash' });
  let log = '';
  if (isLogRead) child.stderr!.on('data', (piece: Buffer) => (log += piece.toString()));
  const early = once(child, 'exit').then(() => Promise.reject(new Error(`it ended: ${log}`)));
  const [line] = (await Promise.race([once(child.stdout!, 'data'), early])) as [Buffer];
  early.catch(() => {});
  const { url } = JSON.parse(String(line)) as { url: string };
  return {
    child,
    url,
    port: Number(new URL(url).port),
    folder,
    file,
    log: () => log,
    check: () => checkAlive(child.pid!, log),
    async [Symbol.asyncDispose]() {
      if (isAlive(child.pid!)) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function checkAlive(pid: number, log: string): void {
  if (!isAlive(pid)) throw new Error(`the gateway died: ${log}`);
  expect(peakMiB(pid)).toBeLessThanOrEqual(RSS_MIB_MAX);
}

/** The most memory a process ever had, MiB. */
export const peakMiB = (pid: number): number => memoryMiB(pid, 'VmHWM');

/** The memory that a process has now, MiB. */
export const residentMiB = (pid: number): number => memoryMiB(pid, 'VmRSS');

function memoryMiB(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]) / 1024;
}

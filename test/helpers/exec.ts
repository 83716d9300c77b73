import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
const BIN = resolve(ROOT, 'bin/kvcache.js');

export interface ExecResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ExecOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Program to run instead of the built bin: a symlink to it, a script. */
  file?: string;
  input?: string;
}

/** Starts the built bin with a clean environment (PATH and HOME only) plus `env`. */
export function startKvcache(args: readonly string[], options: ExecOptions = {}): ChildProcess {
  const file = options.file ?? process.execPath;
  const argv = options.file ? [...args] : [BIN, ...args];
  return spawn(file, argv, {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
}

/** Runs the built bin to its end. */
export function kvcache(args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const child = startKvcache(args, options);
  if (options.input !== undefined) child.stdin?.end(options.input);
  return finished(child);
}

export function finished(child: ChildProcess): Promise<ExecResult> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolvePromise, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolvePromise({ code, signal, stdout, stderr }));
  });
}

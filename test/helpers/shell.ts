import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type ExecResult, finished, ROOT, startKvcache } from './exec.ts';

interface ShellOptions {
  cwd: string;
  env?: Record<string, string>;
}

/** The script is bash; `kvcache` in it is the built program. */
export function startShell(script: string, { cwd, env = {} }: ShellOptions): ChildProcess {
  const call = `kvcache() { ${process.execPath} ${join(ROOT, 'bin/kvcache.js')} "$@"; }; `;
  return startKvcache(['-c', call + script], { file: '/bin/bash', cwd, env });
}

/** The same, run to its end. */
export const shell = (script: string, options: ShellOptions): Promise<ExecResult> =>
  finished(startShell(script, options));

/** A sentence with a code and a remedy, and nothing else. */
export function expectSentence({ stderr }: ExecResult, code: string): void {
  expect(stderr).toContain(`[${code}]\n`);
  expect(stderr).toMatch(/^ {2}→ \S/m);
  expect(stderr).not.toMatch(NO_SENTENCE);
}

/** A stack, or words for a bug. */
export const NO_SENTENCE = /^ {4,}at |\bbug\b|Node\.js v/m;

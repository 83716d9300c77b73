import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { ROOT } from '../helpers/exec.ts';
import type { Json } from '../helpers/mock-fleet.ts';

export const MAIN = join(ROOT, 'dist/mocks/main.js');

export interface MockProcess {
  child: ChildProcess;
  /** Its ready line. */
  ready: Json;
  lines: Interface;
}

/** The built mocks as a process of its own, which finds npm packages where it was started. */
export async function startMockProcess(args: readonly string[], cwd: string): Promise<MockProcess> {
  const child = fork(MAIN, args, { cwd, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const lines = createInterface({ input: child.stdout! });
  const { value, done } = await lines[Symbol.asyncIterator]().next();
  if (done === true) throw new Error('the mocks ended before they were ready');
  return { child, ready: JSON.parse(value), lines };
}

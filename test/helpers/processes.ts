import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';

/** Whether a process still runs. One that ended but was not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || stateOf(pid) !== 'Z';
  } catch {
    return false;
  }
}

/** The one-letter state of a Linux process; the name before it may hold spaces and brackets. */
function stateOf(pid: number): string | undefined {
  return /.*\) (\w)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

/** The pids that are still there after `deadlineMs`; empty as soon as all are gone. */
export async function survivors(pids: readonly number[], deadlineMs: number): Promise<number[]> {
  await pollUntil(async () => (pids.some(isAlive) ? undefined : true), {
    clock: systemClock,
    deadlineMs,
  });
  return pids.filter(isAlive);
}

/** The children of a process, as Linux tells. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

import { tmpdir } from 'node:os';
import { systemClock } from '../base/clock.ts';
import { ChildGroup } from '../supervise/group.ts';
import { keepUnlessEmpty, makeWorkDir, type WorkDir } from '../supervise/work-dir.ts';
import type { StackMember, Surroundings } from './options.ts';
import type { ChildSetting } from './start-child.ts';

/** What every stack needs, and what it takes where nobody says. */
export interface StackSetting {
  /** Receives logs and configs. By default a fresh folder, which goes when the stack is stopped. */
  workDir?: string;
  /** By default those of this process. */
  surroundings?: Partial<Surroundings>;
  /** Told of each member as it becomes ready. */
  onMember?: (member: StackMember) => void;
}

/** Processes that are up, until they are stopped. */
export interface RunningStack extends AsyncDisposable {
  /** Aborted when the run is stopped from outside or a child dies. */
  signal: AbortSignal;
  /** Gateway first, then the backends. Safe to call twice. */
  stop(): Promise<void>;
}

/** Whatever goes wrong, everything started so far is stopped before this throws. */
export async function startStack<Members>(
  setting: StackSetting,
  bringUp: (setting: ChildSetting) => Promise<Members>,
): Promise<Members & RunningStack> {
  const surroundings = { ...ownSurroundings(), ...setting.surroundings };
  const { nodePath, clock, signal } = surroundings;
  const group = new ChildGroup(nodePath, clock, signal);
  const own = setting.workDir === undefined ? await freshFolder() : undefined;
  const stop = async (): Promise<void> => {
    await group.stop();
    await own?.remove();
  };
  try {
    const workDir = setting.workDir ?? own!.path;
    const members = await bringUp({ group, workDir, surroundings });
    return { ...members, signal: group.signal, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await group.stop();
    // The error names a log in it, if there is one.
    if (own) await keepUnlessEmpty(own);
    throw error;
  }
}

function freshFolder(): Promise<WorkDir> {
  return makeWorkDir({ requested: undefined, tempRoot: tmpdir(), prefix: 'kvcache-stack' });
}

function ownSurroundings(): Surroundings {
  return {
    env: process.env,
    cwd: process.cwd(),
    nodePath: process.execPath,
    clock: systemClock,
    signal: new AbortController().signal,
  };
}

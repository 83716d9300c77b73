import { printable } from '../../base/printable.ts';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { keepUnlessEmpty, makeWorkDir, type WorkDir } from '../../supervise/work-dir.ts';
import type { CliContext } from './context.ts';
import type { WorkDirFlags } from './options.ts';

/** Runs something in a work directory as the flags want it; where that goes wrong, its logs stay. */
export async function inWorkDir<Result>(
  prefix: string,
  play: (workDir: WorkDir) => Promise<Result>,
  { flags, context }: { flags: WorkDirFlags; context: CliContext },
): Promise<Result> {
  const workDir = await makeWorkDir({
    requested: flags.workDir === undefined ? undefined : resolve(context.cwd, flags.workDir),
    tempRoot: tmpdir(),
    prefix,
  });
  try {
    return await play(workDir);
  } catch (error) {
    if (await keepUnlessEmpty(workDir))
      context.stderr.write(`Logs are kept in ${printable(workDir.path)}\n`);
    throw error;
  }
}

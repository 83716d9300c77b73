import { mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KvcacheError, messageOf } from '../base/errors.ts';
import { refusalOf } from '../base/refusal.ts';
import { makeFolder } from './make-folder.ts';
import { superviseError } from './errors.ts';

export interface WorkDirOptions {
  /** A directory of the user's choice, absolute; must be empty or absent. Undefined: a fresh one. */
  requested: string | undefined;
  /** Where a fresh one is made. */
  tempRoot: string;
  /** Starts the name of a fresh one: `kvcache-run`. */
  prefix: string;
}

/** Where one run keeps its logs and rendered configs; readable by its owner only. */
export interface WorkDir {
  readonly path: string;
  /** Removes it with everything in it. A directory that was there before is emptied instead. */
  remove(): Promise<void>;
}

/** Removes a work directory nothing was written to; one with files stays. Returns whether it stays. */
export async function keepUnlessEmpty({ path }: WorkDir): Promise<boolean> {
  try {
    await rmdir(path);
    return false;
  } catch {
    return true;
  }
}

/** @throws KvcacheError WORK_DIR_NOT_EMPTY or WORK_DIR_UNUSABLE (kind usage) */
export async function makeWorkDir(options: WorkDirOptions): Promise<WorkDir> {
  const { requested } = options;
  try {
    const workDir = await place(options);
    await refuseFull(workDir);
    return workDir;
  } catch (error) {
    throw error instanceof KvcacheError ? error : unusable(requested ?? options.tempRoot, error);
  }
}

async function place({ requested, tempRoot, prefix }: WorkDirOptions): Promise<WorkDir> {
  if (requested === undefined) return removable(await mkdtemp(join(tempRoot, `${prefix}-`)));
  if (makeFolder(requested, 0o700)) return removable(requested);
  if ((await readdir(requested)).length > 0)
    throw superviseError('WORK_DIR_NOT_EMPTY', { where: requested });
  return { path: requested, remove: () => emptyDirectory(requested) };
}

/** Configs and first lines of logs. */
const ROOM_BYTES = 64 * 1024;

/** Children whose logs cannot be written would only be found silent, after a long wait. */
async function refuseFull(workDir: WorkDir): Promise<void> {
  const path = join(workDir.path, 'room');
  try {
    await writeFile(path, Buffer.alloc(ROOM_BYTES));
    await rm(path);
  } catch (error) {
    await workDir.remove();
    throw error;
  }
}

function removable(path: string): WorkDir {
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

async function emptyDirectory(path: string): Promise<void> {
  for (const name of await readdir(path))
    await rm(join(path, name), { recursive: true, force: true });
}

function unusable(path: string, error: unknown) {
  const message = `The work directory cannot be used: ${refusalOf(error)?.text ?? messageOf(error)}.`;
  return superviseError('WORK_DIR_UNUSABLE', { message, where: path, cause: error });
}

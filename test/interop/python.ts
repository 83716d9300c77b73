import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { peerFolder } from './peer-folder.ts';

const run = promisify(execFile);

/** A Python interpreter with the packages asked for, or why there is none. */
export type PythonPeer = { python: string; missing?: undefined } | { missing: string };

export interface PythonPackages {
  /** Folder name of the environment; a changed list wants a new name. */
  name: string;
  /** Installed with their dependencies. */
  packages: readonly string[];
  /** Installed without theirs: packages whose dependency lists hold GPU stacks. */
  bare?: readonly string[];
}

/** Makes a virtual environment once and reuses it. */
export async function pythonPeer({ name, packages, bare }: PythonPackages): Promise<PythonPeer> {
  const pythonOf = (folder: string): string => join(folder, 'bin/python');
  const peer = await peerFolder(name, async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run(pythonOf(folder), [...pip, ...packages]);
    if (bare) await run(pythonOf(folder), [...pip, '--no-deps', ...bare]);
  });
  return peer.missing === undefined ? { python: pythonOf(peer.folder) } : peer;
}

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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
  /** Requirements that beat those the packages state; uv knows such a thing, pip does not. */
  overrides?: readonly string[];
  /** What is still to be done once they are installed. */
  finish?: (python: string) => Promise<void>;
}

const UV = 'uv==0.10.0';

/** Makes a virtual environment once and reuses it. */
export async function pythonPeer(wanted: PythonPackages): Promise<PythonPeer> {
  const { name, packages, bare, overrides, finish } = wanted;
  const pythonOf = (folder: string): string => join(folder, 'bin/python');
  const peer = await peerFolder(name, async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    const python = pythonOf(folder);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    if (overrides) {
      await run(python, [...pip, UV]);
      const file = join(folder, 'overrides.txt');
      writeFileSync(file, overrides.join('\n'));
      const flags = ['--quiet', '--python', python, '--override', file];
      await run(join(folder, 'bin/uv'), ['pip', 'install', ...flags, ...packages]);
    } else {
      await run(python, [...pip, ...packages]);
    }
    if (bare) await run(python, [...pip, '--no-deps', ...bare]);
    await finish?.(python);
  });
  return peer.missing === undefined ? { python: pythonOf(peer.folder) } : peer;
}

/** Where the interpreter's packages lie. */
export async function sitePackages(python: string): Promise<string> {
  const { stdout } = await run(python, [
    '-c',
    "import sysconfig as s; print(s.get_path('purelib'))",
  ]);
  return stdout.trim();
}

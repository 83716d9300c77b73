import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

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

/**
 * Makes a virtual environment once and reuses it. Kept in the user's cache folder
 * (`KVCACHE_INTEROP_DIR` moves it): one of the peers weighs gigabytes.
 */
export async function pythonPeer(wanted: PythonPackages): Promise<PythonPeer> {
  const cache = process.env['KVCACHE_INTEROP_DIR'] ?? join(homedir(), '.cache/kvcache-interop');
  const folder = join(cache, wanted.name);
  const python = join(folder, 'bin/python');
  const marker = join(folder, 'complete');
  if (existsSync(marker)) return { python };
  try {
    mkdirSync(cache, { recursive: true });
    await run('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run(python, [...pip, ...wanted.packages]);
    if (wanted.bare) await run(python, [...pip, '--no-deps', ...wanted.bare]);
    await run(python, ['-c', `open(${JSON.stringify(marker)}, "w").close()`]);
    return { python };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { missing: `${wanted.name} cannot be installed: ${reason}` };
  }
}

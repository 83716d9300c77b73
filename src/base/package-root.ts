import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder of our package.json, whether we run from `src` or from `dist`. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

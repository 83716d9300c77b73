import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Program } from '../supervise/child.ts';

/** The package's own folder, found from the sources as well as from `dist`. */
const PACKAGE_ROOT = findRoot(import.meta.dirname);

export function mockProgram(args: readonly string[]): Program {
  return { kind: 'node', script: join(PACKAGE_ROOT, 'dist/mocks/main.js'), args };
}

/** The embedded gateway as its own process, through the same command a user types. */
export function embeddedGatewayProgram(configPath: string): Program {
  const script = join(PACKAGE_ROOT, 'bin/kvcache.js');
  return { kind: 'node', script, args: ['gateway', 'start', '-c', configPath, '--json'] };
}

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}

import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import type { Program } from '../supervise/child.ts';

export function mockProgram(args: readonly string[]): Program {
  return { kind: 'node', script: join(packageRoot(), 'dist/mocks/main.js'), args };
}

/** One process of `kvcache load`. */
export function loadProgram(args: readonly string[]): Program {
  return { kind: 'node', script: join(packageRoot(), 'bin/kvcache.js'), args: ['load', ...args] };
}

/** The embedded gateway as its own process, through the same command a user types. */
export function embeddedGatewayProgram(configPath: string): Program {
  const script = join(packageRoot(), 'bin/kvcache.js');
  return { kind: 'node', script, args: ['gateway', 'start', '-c', configPath, '--json'] };
}

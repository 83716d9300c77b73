import { relative } from 'node:path';
import { printable } from '../../base/printable.ts';
import type { CliContext } from './context.ts';
import type { OutputFlags } from './options.ts';

/** Names a file that was written; `path` is absolute. */
export function tellWritten(
  path: string,
  { quiet }: Pick<OutputFlags, 'quiet'>,
  { cwd, stderr }: Pick<CliContext, 'cwd' | 'stderr'>,
): void {
  if (quiet) return;
  const shown = relative(cwd, path);
  stderr.write(`wrote ${printable(shown.startsWith('..') ? path : shown)}\n`);
}

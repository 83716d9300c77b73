import { list, number } from '../schema/describe.ts';
import { readState, type StateKind, writeState } from './state-file.ts';
import type { Baseline } from './watcher.ts';

const BASELINE: StateKind<number[]> = {
  schema: 'kvcache.watch-baseline/v1',
  name: 'baseline',
  values: list('Values.', number('A value.', 0)),
  invalid: 'BASELINE_INVALID',
};

/**
 * What an earlier watch found usual; undefined when there is no such file yet.
 * @throws KvcacheError BASELINE_INVALID, and as `readTextFile` (kind usage)
 */
export function readBaseline(path: string, windowMs: number): Baseline | undefined {
  return readState(BASELINE, path, windowMs);
}

/** Throws as the file system does. */
export async function writeBaseline(
  path: string,
  { windowMs, baseline }: { windowMs: number; baseline: Baseline },
): Promise<void> {
  await writeState(path, BASELINE, { windowMs, series: baseline });
}

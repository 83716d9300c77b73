import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { readTextFile } from '../base/text-file.ts';
import { list, map, number, object, required, text } from '../schema/describe.ts';
import { readPlain } from '../schema/strict.ts';
import { watchError } from './errors.ts';
import type { Baseline } from './watcher.ts';

const SCHEMA = 'kvcache.watch-baseline/v1';
const BYTES_MAX = 64 * 1024 * 1024;

const FILE = object('What was usual.', {
  schema: required(text('Version.', '', { oneOf: [SCHEMA] })),
  windowMs: required(number('Length of a window.', 0, { above: 0 })),
  series: required(map('By series.', map('By engine.', list('Values.', number('A value.', 0))))),
});

/**
 * What an earlier watch found usual; undefined when there is no such file yet.
 * @throws KvcacheError BASELINE_INVALID, and as `readTextFile` (kind usage)
 */
export function readBaseline(path: string, windowMs: number): Baseline | undefined {
  if (!existsSync(path)) return undefined;
  const file = readPlain(FILE, parsed(path), {
    whole: 'the baseline',
    invalid: ({ message }) => watchError('BASELINE_INVALID', { message, where: path }),
  });
  if (file.windowMs !== windowMs) {
    const message = `The baseline was learnt with windows of ${file.windowMs} ms, this watch has ${windowMs} ms.`;
    const remedy = 'Give the same --window, or another file.';
    throw watchError('BASELINE_INVALID', { message, where: path, remedy });
  }
  return file.series;
}

function parsed(path: string): unknown {
  const content = readTextFile(path, { bytesMax: BYTES_MAX });
  try {
    return JSON.parse(content);
  } catch {
    throw watchError('BASELINE_INVALID', { message: 'The baseline is not JSON.', where: path });
  }
}

/** Replaces the file as a whole: a full disk leaves the old one. Throws as the file system does. */
export async function writeBaseline(
  path: string,
  { windowMs, baseline }: { windowMs: number; baseline: Baseline },
): Promise<void> {
  const next = `${path}.next`;
  await writeFile(next, JSON.stringify({ schema: SCHEMA, windowMs, series: baseline }));
  await rename(next, path);
}

import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KvcacheError, messageOf } from '../base/errors.ts';

/**
 * Writes a whole file or nothing: readers never see half a report, and a failed write leaves the old
 * one. Missing folders are made.
 * @throws KvcacheError REPORT_UNWRITABLE (kind usage)
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, content);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw unwritable(path, error);
  }
}

export function unwritable(path: string, error: unknown): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'REPORT_UNWRITABLE',
    message: `The report cannot be written: ${messageOf(error)}.`,
    where: path,
    remedy: 'Name a file in a writable folder with free space.',
    cause: error,
  });
}

import { randomBytes } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type KvcacheError, messageOf } from '../base/errors.ts';
import { refusalOf } from '../base/refusal.ts';
import { makeFolder } from '../supervise/make-folder.ts';
import { reportError } from './errors.ts';

/**
 * Writes a whole file or nothing: readers never see half a report, and a failed write leaves the old
 * one. Missing folders are made.
 * @throws KvcacheError REPORT_UNWRITABLE (kind usage)
 */
export async function writeWhole(
  path: string,
  content: Iterable<string> | ((draft: string) => Promise<void>),
): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    makeFolder(dirname(path));
    await (typeof content === 'function' ? content(draft) : writeFile(draft, content));
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw unwritable(path, error);
  }
}

/**
 * Says before a run, not after it, that a report has no place. Makes the folder.
 * @throws KvcacheError REPORT_UNWRITABLE (kind usage)
 */
export function refuseUnwritable(path: string): void {
  try {
    makeFolder(dirname(path));
    accessSync(dirname(path), constants.W_OK);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw new Error('a folder is there');
  } catch (error) {
    throw unwritable(path, error);
  }
}

export function unwritable(path: string, error: unknown): KvcacheError {
  const message = `The report cannot be written: ${refusalOf(error)?.text ?? messageOf(error)}.`;
  return reportError('REPORT_UNWRITABLE', { message, where: path, cause: error });
}

import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { baseError, messageOf, systemErrorCode } from '../base/errors.ts';
import { refusalOf } from '../base/refusal.ts';
import { readTextFile } from '../base/text-file.ts';
import type { YamlSource } from './yaml-source.ts';
import { configError } from './errors.ts';

/**
 * A config or template; positions will show `shown`.
 * @throws KvcacheError as `readTextFile` (kind usage)
 */
export function readConfigFile(path: string, shown = path): YamlSource {
  // A gateway reads it again and again, and a pipe has its text only once, if it ever ends.
  if (isStream(path)) {
    const message = 'The file cannot be read: it is a pipe or a device.';
    throw baseError('FILE_UNREADABLE', { message, where: shown });
  }
  return { text: readTextFile(path, { shown }), file: shown };
}

function isStream(path: string): boolean {
  try {
    const found = statSync(path);
    return !found.isFile() && !found.isDirectory();
  } catch {
    // Whoever reads it says what is wrong.
    return false;
  }
}

/**
 * Writes a file only its owner may read, all at once: a reader sees the old or the new one. One with
 * nothing in it, as `> FILE` of a shell leaves it, is no file to lose.
 * @throws KvcacheError FILE_EXISTS (kind usage) unless `overwrite`, or FILE_NOT_WRITTEN
 */
export async function writePrivateFile(
  path: string,
  text: string,
  options: { overwrite: boolean },
): Promise<void> {
  try {
    if (options.overwrite || (await isEmptyFile(path))) await replaceFile(path, text);
    else await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw notWritten(path, error);
  }
}

async function isEmptyFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === 0;
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.close();
    await rename(draft, path);
  } catch (error) {
    await handle.close().catch(() => {});
    await unlink(draft).catch(() => {});
    throw error;
  }
}

function notWritten(path: string, error: unknown) {
  if (systemErrorCode(error) === 'EEXIST') return configError('FILE_EXISTS', { where: path });
  const message = `The file cannot be written: ${refusalOf(error)?.text ?? messageOf(error)}.`;
  return configError('FILE_NOT_WRITTEN', { message, where: path, cause: error });
}

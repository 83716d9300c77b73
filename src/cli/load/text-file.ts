import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KvcacheError, messageOf } from '../../base/errors.ts';

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/**
 * A file of prompts or a trace, without the byte order mark that editors on Windows put first.
 * @throws KvcacheError FILE_UNREADABLE, FILE_NOT_TEXT (kind usage)
 */
export async function readTextFile(path: string, cwd: string): Promise<string> {
  const bytes = await bytesOf(path, cwd);
  // Decoding replaces what is no UTF-8, and other prompts would be sent than the file holds.
  if (!isUtf8(bytes) || bytes.includes(0)) {
    const remedy = 'Save it as UTF-8, or unpack it when it is compressed.';
    throw notText(path, 'is not UTF-8 text', remedy);
  }
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (!text.startsWith(LFS_POINTER)) return text;
  throw notText(path, 'is a pointer of Git LFS', 'Fetch the file itself: git lfs pull.');
}

async function bytesOf(path: string, cwd: string): Promise<Buffer> {
  try {
    return await readFile(resolve(cwd, path));
  } catch (error) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'FILE_UNREADABLE',
      message: `The file cannot be read: ${messageOf(error)}.`,
      where: path,
      remedy: 'Check the path and its permissions.',
      cause: error,
    });
  }
}

function notText(where: string, what: string, remedy: string): KvcacheError {
  const message = `The file ${what}.`;
  return new KvcacheError({ kind: 'usage', code: 'FILE_NOT_TEXT', message, where, remedy });
}

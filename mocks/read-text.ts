import { readFileSync } from 'node:fs';
import { KvcacheError, messageOf } from '../src/base/errors.ts';

/**
 * The text of a file the user named; `what` names it in the error, as in "fleet file".
 * @throws KvcacheError FILE_UNREADABLE (kind usage)
 */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'FILE_UNREADABLE',
      message: `Cannot read the ${what}: ${messageOf(error)}.`,
      where: file,
      remedy: 'Check the path.',
      cause: error,
    });
  }
}

import { KvcacheError, retold } from '../../src/base/errors.ts';
import { FLAG_ROWS, writtenFlag } from '../flags/rows.ts';

const AT = { fleet: '', controller: 'controller.', engine: 'engines[0].' };

/** The error in the words of a user who wrote flags and no file. */
export function inFlagWords(error: unknown): unknown {
  if (!(error instanceof KvcacheError)) return error;
  return retold(error, { message: error.message.replace(/^[\w.[\]]+/, flagOf), where: undefined });
}

/** The flag that says what stands at this path of a fleet, or the path. */
function flagOf(path: string): string {
  const names = Object.keys(FLAG_ROWS);
  const name = names.find((it) => {
    const { sets } = FLAG_ROWS[it]!;
    return sets && `${AT[sets.section]}${sets.key}` === path;
  });
  return name === undefined ? path : writtenFlag(name);
}

import type { KvcacheError } from '../../base/errors.ts';
import { cliError } from './errors.ts';

export function flagInvalid(flag: string, text: string, remedy: string): KvcacheError {
  return cliError('FLAG_INVALID', { message: `${flag} cannot be "${text}".`, remedy });
}

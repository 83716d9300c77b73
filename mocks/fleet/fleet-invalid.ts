import { KvcacheError } from '../../src/base/errors.ts';
import type { SourceNode } from '../../src/schema/node.ts';
import { whereIs } from '../../src/schema/strict.ts';

/** @param message begins with the path of the key that is wrong */
export function fleetInvalid(
  message: string,
  remedy = 'docs/mocks.md shows a fleet file with every key.',
): KvcacheError {
  return new KvcacheError({ kind: 'usage', code: 'FLEET_INVALID', message, remedy });
}

/** Says which key a reader of single values stumbled over. */
export function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KvcacheError)) throw error;
    const { kind, code, remedy, message } = error;
    throw new KvcacheError({ kind, code, remedy, message: `${path}: ${message}`, cause: error });
  }
}

/** Says where the key stands that the message of an error begins with, unless the error does. */
export function placed<T>(root: SourceNode, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KvcacheError) || error.where !== undefined) throw error;
    const { kind, code, remedy, message } = error;
    const where = whereIs(root, /^[\w.[\]-]+/.exec(message)?.[0] ?? '');
    throw new KvcacheError({ kind, code, remedy, message, where, cause: error });
  }
}

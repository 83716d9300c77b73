import { KvcacheError, retold } from '../../src/base/errors.ts';
import type { SourceNode } from '../../src/schema/node.ts';
import { whereIs } from '../../src/schema/strict.ts';
import { mockError } from '../errors.ts';

/** @param message begins with the path of the key that is wrong */
export function fleetInvalid(message: string, remedy?: string): KvcacheError {
  return mockError('FLEET_INVALID', { message, remedy });
}

/** Says which key a reader of single values stumbled over. */
export function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KvcacheError)) throw error;
    throw retold(error, { message: `${path}: ${error.message}`, where: undefined });
  }
}

/** Says where the key stands that the message of an error begins with, unless the error does. */
export function placed<T>(root: SourceNode, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KvcacheError) || error.where !== undefined) throw error;
    throw retold(error, { where: whereIs(root, /^[\w.[\]-]+/.exec(error.message)?.[0] ?? '') });
  }
}

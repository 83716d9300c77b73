import { messageOf } from '../base/errors.ts';
import {
  findPackage,
  howToInstall,
  importPackage,
  packagePlaces,
} from '../base/optional-package.ts';
import { netError } from './errors.ts';

/** What of an npm package that is no dependency of ours can be used. */
export interface Peer {
  /** The first major version that exports {@link proof}. */
  version: number;
  /** A function without which it cannot be used. */
  proof: string;
  codes:
    | { missing: 'ZEROMQ_MISSING'; unusable: 'ZEROMQ_UNUSABLE' }
    | { missing: 'REDIS_MISSING'; unusable: 'REDIS_UNUSABLE' };
}

/** @throws KvcacheError with the peer's codes (kind usage) */
export async function loadPeer<T>(
  name: string,
  { version, proof, codes }: Peer,
  from: readonly string[] = packagePlaces(),
): Promise<T> {
  const path = findPackage(name, from);
  if (path === undefined) {
    const folder = name.replace(/^@|\/.*$/g, '');
    throw netError(codes.missing, { remedy: howToInstall(`${name}@${version}`, folder) });
  }
  const unusable = (reason: string, cause?: unknown) => {
    const message = `The npm package ${name} cannot be used: ${reason}.`;
    return netError(codes.unusable, { message, where: path, cause });
  };
  const module = await importPackage<Record<string, unknown>>(path).catch((error: unknown) => {
    throw unusable(messageOf(error).split('\n')[0]!, error);
  });
  if (typeof module[proof] === 'function') return module as T;
  throw unusable(`it is older than version ${version}`);
}

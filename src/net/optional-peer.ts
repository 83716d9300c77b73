import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type KvcacheError, messageOf } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';

/** A package that users install where they need what it does. */
export interface Peer {
  name: string;
  /** Oldest major version that will do. */
  version: number;
  missing: (remedy: string) => KvcacheError;
  unusable: (told: { message: string; where: string; cause?: unknown }) => KvcacheError;
}

/** Where the package may lie: with whoever uses us, or beside ourselves. */
const places = (): string[] => [join(process.cwd(), 'package.json'), import.meta.url];

/**
 * Loads a package that is no dependency of ours.
 * @param isUsable tells by what it exports
 * @throws KvcacheError as the peer has them (kind usage)
 */
export async function loadPeer<Module>(
  peer: Peer,
  isUsable: (module: object) => boolean,
  from: readonly string[] = places(),
): Promise<Module> {
  const path = from.map((it) => resolveFrom(it, peer.name)).find((found) => found !== undefined);
  if (path === undefined) throw peer.missing(howToInstall(peer));
  try {
    const loaded = (await import(pathToFileURL(path).href)) as { default?: object };
    const module = loaded.default ?? loaded;
    if (isUsable(module)) return module as Module;
  } catch (error) {
    throw unusable(peer, path, { reason: messageOf(error).split('\n')[0]!, cause: error });
  }
  throw unusable(peer, path, { reason: `it is older than version ${peer.version}` });
}

/**
 * Inside our own checkout npm takes the optional peer for settled and installs nothing, so that there it
 * has to lie elsewhere.
 * @param cwd where npm would be called
 */
export function howToInstall({ name, version }: Peer, cwd = process.cwd()): string {
  const isOurs = !relative(packageRoot(), cwd).startsWith('..');
  const folder = `~/${name.split('/').at(-1)}`;
  return isOurs
    ? `In a checkout of kvcache npm leaves it out: npm install --prefix ${folder} ${name}@${version}, then set NODE_PATH=${folder}/node_modules.`
    : `npm install ${name}@${version}`;
}

function resolveFrom(place: string, name: string): string | undefined {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
}

function unusable(
  { name, unusable: error }: Peer,
  where: string,
  { reason, cause }: { reason: string; cause?: unknown },
): KvcacheError {
  return error({ message: `The npm package ${name} cannot be used: ${reason}.`, where, cause });
}

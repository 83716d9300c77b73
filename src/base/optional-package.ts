import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from './package-root.ts';

/** Where a package may lie that is no dependency of ours: with whoever uses us, or beside ourselves. */
export const packagePlaces = (): string[] => [join(process.cwd(), 'package.json'), import.meta.url];

/** Entry file of a package as the first of the places has it; undefined where none does. */
export function findPackage(name: string, places: readonly string[]): string | undefined {
  return places.map((place) => resolveFrom(place, name)).find((path) => path !== undefined);
}

/** What the file exports; throws what loading it throws. */
export async function importPackage<T>(path: string): Promise<Partial<T>> {
  const module = (await import(pathToFileURL(path).href)) as { default?: Partial<T> } & Partial<T>;
  return module.default ?? module;
}

/**
 * Inside our own checkout npm takes optional peers for settled and installs nothing, so that there they have to lie
 * elsewhere.
 * @param packages as npm is told them
 * @param folder name for where they go
 * @param cwd where npm would be called
 */
export function howToInstall(packages: string, folder: string, cwd = process.cwd()): string {
  const isOurs = !relative(packageRoot(), cwd).startsWith('..');
  return isOurs
    ? `In a checkout of kvcache npm leaves it out: npm install --prefix ~/${folder} ${packages}, then set NODE_PATH=~/${folder}/node_modules.`
    : `npm install ${packages}`;
}

function resolveFrom(place: string, name: string): string | undefined {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
}

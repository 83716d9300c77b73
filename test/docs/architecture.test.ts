import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf, read, sourceOf } from '../helpers/documents.ts';
import { ROOT } from '../helpers/exec.ts';

const PAGE = 'docs/architecture.md';
const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** Packages that a room's code imports, dynamically too. */
function packagesOf(room: string): string[] {
  const imports = sourceOf(room).matchAll(
    /(?:\bfrom |^import |\bimport\(|\bfindPackage\(|\bloadPeer<\w+>\()'((?:@[\w-]+\/)?[\w-]+)[^']*'/gm,
  );
  return [...new Set([...imports].map(([, name]) => name!))].filter((name) => name !== 'node');
}

describe('docs/architecture.md', () => {
  it('lists the door of every package, as the imports have it', () => {
    const listed = [...read(PAGE).matchAll(/^\| `(src\/\w+|mocks)` \| (.+) \|$/gm)].map(
      ([, room, names]) => [room!, names!.split(', ').sort()] as const,
    );
    const found = [...rooms.map((room) => `src/${room}`), 'mocks']
      .map((room) => [room, packagesOf(room).sort()] as const)
      .filter(([, names]) => names.length > 0);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(found));
    const { dependencies, peerDependencies } = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'peerDependencies',
      object
    >;
    const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
    expect(found.flatMap(([, names]) => names).sort()).toEqual(declared.sort());
  });

  it('names files of a room that are there', () => {
    const words = codeOf(PAGE).flatMap(
      (code) => code.match(/(?<![\w/-])[a-z-]+(?:\/[\w-]+)+(?:\.tsx?)?/g) ?? [],
    );
    const paths = words.filter((word) => [...rooms, 'mocks'].includes(word.split('/')[0]!));
    expect(paths.length).toBeGreaterThan(20);
    const isThere = (path: string): boolean =>
      ['', '.ts', '.tsx'].some((ending) =>
        [`src/${path}`, path].some((file) => existsSync(join(ROOT, `${file}${ending}`))),
      );
    expect(paths.filter((path) => !isThere(path))).toEqual([]);
  });
});

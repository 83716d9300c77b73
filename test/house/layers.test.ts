import { describe, expect, it } from 'vitest';
import { findCycles } from './cycles.ts';
import { IMPORTS, roomOf, ROWS, rowOf, SOURCES, targetOf } from './source-tree.ts';

/** Each package has one door: the room that may import it. */
const DOORS: Record<string, string> = {
  commander: 'src/cli',
  '@msgpack/msgpack': 'src/protocol',
  zeromq: 'src/net',
  ink: 'src/ui',
  react: 'src/ui',
  undici: 'src/net',
  execa: 'src/supervise',
  yaml: 'src/config',
  'hdr-histogram-js': 'src/stats',
  'simple-statistics': 'src/stats',
  'lru-cache': 'src/gateway',
  tar: 'src/report',
  '@observablehq/plot': 'src/report',
  linkedom: 'src/report',
};

/** Of one room by another. */
const arrows = IMPORTS.flatMap((found) => {
  const target = targetOf(found);
  return target === undefined ? [] : [{ ...found, target }];
});

describe('the house', () => {
  it('keeps every source file in a room', () => {
    const strangers = new Set(SOURCES.map(roomOf).filter((room) => rowOf(room) === -1));
    expect([...strangers]).toEqual([]);
  });

  it('lets a room import only rows below its own', () => {
    const broken = arrows.filter(({ file, target }) => {
      const [from, to] = [roomOf(file), roomOf(target)];
      return from !== to && rowOf(to) <= rowOf(from);
    });
    expect(broken.map(({ file, target }) => `${file} → ${target}`)).toEqual([]);
  });

  it('has no import cycle, of types neither', () => {
    const graph = new Map(SOURCES.map((file) => [file, [] as string[]]));
    for (const { file, target } of arrows) graph.get(file)!.push(target);
    expect(findCycles(graph)).toEqual([]);
  });

  it('has no room that only one other uses', () => {
    const usersOf = (room: string): Set<string> =>
      new Set(
        arrows
          .filter(({ file, target }) => roomOf(target) === room && roomOf(file) !== room)
          .map(({ file }) => roomOf(file))
          .filter((user) => user !== 'src/index.ts'),
      );
    // The cli uses every room, and some are there for nobody else.
    const lonely = ROWS.flat().filter((room) => {
      const users = usersOf(room);
      return users.size === 1 && !users.has('src/cli');
    });
    expect(lonely).toEqual([]);
  });

  it('imports each package only through its door', () => {
    const broken = IMPORTS.filter(
      ({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'),
    ).filter(({ file, specifier }) => {
      const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)![0];
      return DOORS[name] !== roomOf(file);
    });
    expect(broken.map(({ file, specifier }) => `${file} → ${specifier}`)).toEqual([]);
  });

  it('reaches actions from commands only by dynamic import', () => {
    const broken = arrows.filter(
      ({ file, target, kind }) =>
        /^src\/cli\/.*command\.ts$/.test(file) &&
        /(?<!shell)[/-]action\.ts$/.test(target) &&
        kind === 'value',
    );
    expect(broken).toEqual([]);
  });
});

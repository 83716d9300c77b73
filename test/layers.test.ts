import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** Top row first. A folder may import any row below its own, never its own row's other folders. */
const ROWS = [
  ['src/index.ts', 'src/cli'],
  ['src/ui', 'src/report', 'src/request', 'src/run'],
  ['src/verify'],
  ['src/doctor'],
  ['src/stack', 'src/target'],
  ['src/load', 'src/gateway', 'mocks'],
  ['src/supervise', 'src/net', 'src/config'],
  ['src/schema', 'src/protocol', 'src/stats', 'src/traces'],
  ['src/base'],
];

/** Each package has one door: the folder that may import it. */
const DOORS: Record<string, readonly string[]> = {
  commander: ['src/cli'],
  '@msgpack/msgpack': ['mocks'],
  ink: ['src/ui'],
  react: ['src/ui'],
  undici: ['src/net'],
  execa: ['src/supervise'],
  yaml: ['src/config'],
  'hdr-histogram-js': ['src/stats'],
  'simple-statistics': ['src/stats'],
  'lru-cache': ['src/gateway'],
  tar: ['src/report'],
  '@observablehq/plot': ['src/report'],
  linkedom: ['src/report'],
};

interface Import {
  file: string;
  specifier: string;
  isDynamic: boolean;
}

function sourceFiles(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '');
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\b[^'";]*?from\s+'([^']+)'/gm)) {
    found.push({ file, specifier: match[1]!, isDynamic: false });
  }
  for (const match of text.matchAll(/^import\s+'([^']+)'/gm)) {
    found.push({ file, specifier: match[1]!, isDynamic: false });
  }
  for (const match of text.matchAll(/\bimport\('([^']+)'\)/g)) {
    found.push({ file, specifier: match[1]!, isDynamic: true });
  }
  return found;
}

function roomOf(file: string): string {
  const rooms = ROWS.flat();
  return rooms.find((room) => file === room || file.startsWith(`${room}/`)) ?? file;
}

function rowOf(room: string): number {
  return ROWS.findIndex((row) => row.includes(room));
}

const imports = [...sourceFiles('src'), ...sourceFiles('mocks')].flatMap(importsOf);

describe('allowed arrows', () => {
  it('every source file stands in a known room', () => {
    const strangers = [...new Set(imports.map(({ file }) => roomOf(file)))].filter(
      (room) => rowOf(room) === -1,
    );
    expect(strangers).toEqual([]);
  });

  it('a room imports only rows below its own', () => {
    const broken = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ file, specifier }) => ({
        file,
        target: relative(ROOT, resolve(ROOT, dirname(file), specifier)),
      }))
      .filter(({ file, target }) => {
        const [from, to] = [roomOf(file), roomOf(target)];
        return from !== to && rowOf(to) <= rowOf(from);
      })
      .map(({ file, target }) => `${file} → ${target}`);
    expect(broken).toEqual([]);
  });

  it('each package is imported only through its door', () => {
    const broken = imports
      .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter(({ file, specifier }) => {
        const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)![0];
        return !DOORS[name]?.includes(roomOf(file));
      })
      .map(({ file, specifier }) => `${file} → ${specifier}`);
    expect(broken).toEqual([]);
  });

  it('commands reach their actions only by dynamic import', () => {
    const broken = imports
      .filter(({ file }) => file.startsWith('src/cli/') && file.endsWith('command.ts'))
      .filter(({ specifier, isDynamic }) => specifier.endsWith('action.ts') && !isDynamic)
      .filter(({ specifier }) => !specifier.includes('shell/'))
      .map(({ file, specifier }) => `${file} → ${specifier}`);
    expect(broken).toEqual([]);
  });
});

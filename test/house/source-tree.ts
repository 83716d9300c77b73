import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOT } from '../helpers/exec.ts';

/** One `import` or `export … from`, of types too. */
export interface Import {
  file: string;
  specifier: string;
  kind: 'value' | 'type' | 'dynamic';
}

/** Top row first. A room may import any row below its own, never its own row's other rooms. */
export const ROWS = [
  ['src/index.ts', 'src/cli'],
  ['src/ui', 'src/report', 'src/run'],
  ['src/watch'],
  ['src/verify', 'src/simulate', 'src/calibrate'],
  ['src/doctor'],
  ['src/stack', 'src/target', 'src/prompts', 'src/capacity'],
  ['src/load', 'src/gateway', 'mocks'],
  ['src/supervise', 'src/net', 'src/config'],
  ['src/schema', 'src/protocol', 'src/stats', 'src/traces'],
  ['src/base'],
];

export const SOURCES = [...sourceFiles('src'), ...sourceFiles('mocks')];

export const IMPORTS: readonly Import[] = SOURCES.flatMap(importsOf);

/** Files below a folder of the repository, as paths from its root. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

/** Undefined for a package. */
export function targetOf({ file, specifier }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative(ROOT, resolve(ROOT, dirname(file), specifier));
}

export function roomOf(file: string): string {
  return ROWS.flat().find((room) => file === room || file.startsWith(`${room}/`)) ?? file;
}

export function rowOf(room: string): number {
  return ROWS.findIndex((row) => row.includes(room));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '');
  const found = (kind: Import['kind'], pattern: RegExp): Import[] =>
    [...text.matchAll(pattern)].map((match) => ({ file, specifier: match[1]!, kind }));
  return [
    ...found('value', /^(?:import|export)\b(?! type\b)[^'";]*?from\s+'([^']+)'/gm),
    ...found('type', /^(?:import|export) type\b[^'";]*?from\s+'([^']+)'/gm),
    ...found('value', /^import\s+'([^']+)'/gm),
    ...found('dynamic', /\bimport\('([^']+)'\)/g),
  ];
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitCommand } from '../../src/stack/argv.ts';
import { ROOT } from './exec.ts';

/** Every document that tells of the present; decisions tell of their day. From the root, sorted. */
export const documents: readonly string[] = [
  'README.md',
  'README_zh.md',
  'CONTRIBUTING.md',
  'test/README.md',
  ...pagesIn('docs'),
  ...pagesIn('docs/guides'),
];

/** A file of the repository as text. */
export const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Code spans of running text, and lines of fenced blocks that have code or commands in them. */
export function codeOf(file: string): string[] {
  const text = read(file);
  const fences = [...text.matchAll(/^[ \t]*```\w*\n([^]*?)^[ \t]*```/gm)];
  const lines = fences.flatMap(([, block]) => block!.replaceAll('\\\n', ' ').split('\n'));
  const running = text.replaceAll(/^[ \t]*```[^]*?^[ \t]*```/gm, '');
  return [...lines, ...[...running.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!)];
}

export interface Example {
  args: string[];
  output: string;
}

/** Commands of a guide with the output that stands below each. */
export function examplesOf(file: string): Example[] {
  const blocks = read(file).matchAll(/^```\n\$ npx kvcache (.+)\n```\n\n```text\n([^]*?)^```/gm);
  return [...blocks].map(([, line, output]) => ({ args: splitCommand(line!), output: output! }));
}

/** What is printed, without the verdict, which tells how long it took. */
export function timeless(printed: string): string {
  return printed
    .replaceAll(/^PASS (?:(?!\n\n)[^])*?seed \d+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** The code of some folders without its comments. */
export function sourceOf(...folders: readonly string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(?:m?js|tsx?)$/.test(name))
        .map((name) => read(`${folder}/${name}`).replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')),
    )
    .join('\n');
}

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

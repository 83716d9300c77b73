import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../helpers/exec.ts';

/** `names one holder … (…)` names a test whose title has these parts. */
function namedTests(): string[][] {
  const docs = readFileSync(join(ROOT, 'docs/mocks.md'), 'utf8');
  const section = docs.split('## Quirks of the real systems')[1]!.split('\n## ')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  const cells = rows.slice(2).map((row) => row.split('|').at(-2)!);
  return cells.flatMap((cell) =>
    cell.split(';').map((name) => name.split('…').map((part) => part.trim())),
  );
}

function testTitles(): string[] {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
  const title = /\b(?:it|describe)(?:\.each\((?:\w+|[\s\S]*?\])\))?\(\s*(['"`])(.*?)\1,/g;
  return sources.flatMap((source) => [...source.matchAll(title)].map((match) => match[2]!));
}

it('every quirk in the docs has its test', () => {
  const titles = testTitles();
  const named = namedTests();
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter(
    (parts) => !titles.some((title) => parts.every((part) => title.includes(part))),
  );
  expect(missing).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodeOfError } from '../../src/cli/shell/exit-codes.ts';
import { CATALOGUES, CODES } from '../helpers/error-catalogues.ts';
import { ROOT } from '../helpers/exec.ts';
import { SOURCES } from './source-tree.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const isCatalogue = (file: string): boolean => file.endsWith('/errors.ts');

describe('the catalogues of errors', () => {
  it('are the only way to an error', () => {
    const bypasses = SOURCES.filter((file) => read(file).includes('new KvcacheError('));
    expect(bypasses).toEqual(['src/base/errors.ts']);
  });

  it('have each code once', () => {
    expect(CODES.filter((code, index) => CODES.indexOf(code) !== index)).toEqual([]);
  });

  it('have no code that nobody throws', () => {
    const source = SOURCES.map((file) =>
      isCatalogue(file) ? read(file).replaceAll(/errorsOf\(\{[^]*?^\}\);/gm, '') : read(file),
    ).join('\n');
    expect(CODES.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });

  it('have upper snake case for codes and sentences for people', () => {
    const rows = CATALOGUES.flatMap(({ rows }) => Object.entries(rows));
    const bad = rows.filter(
      ([code, { meaning }]) => !/^[A-Z]+(_[A-Z]+)*$/.test(code) || !/^[^a-z].*\.$/.test(meaning),
    );
    expect(bad).toEqual([]);
  });

  // `npm run test:unit -- test/house/errors.test.ts -u` writes the page anew.
  it('are docs/errors.md', async () => {
    const text = [
      '# Error codes',
      '',
      'Every expected failure has a code that stays the same, a sentence that says what happened, and a remedy: on the',
      "terminal, as `code` in JSON documents and of the library's `KvcacheError`. Generated from the code, lowest room first;",
      'where no remedy stands, the error gives one that fits the case. What the exit codes mean: [exit codes](exit-codes.md).',
      ...CATALOGUES.flatMap(({ room, rows }) => [
        '',
        `## ${room.replace('src/', '')}`,
        '',
        '| code | exit | what it says | usual remedy |',
        '| --- | --- | --- | --- |',
        ...Object.entries(rows)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([code, { kind, meaning, remedy = '' }]) => {
            const cells = [`\`${code}\``, exitCodeOfError(kind, code), meaning, remedy];
            return `| ${cells.join(' | ')} |`;
          }),
      ]),
      '',
    ].join('\n');
    await expect(text).toMatchFileSnapshot(join(ROOT, 'docs/errors.md'));
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = resolve(import.meta.dirname, '../../docs/decisions');
const PARTS = ['Decided.', 'Why.', 'Would change our mind.'];

const decisions = readdirSync(FOLDER)
  .filter((file) => file !== 'README.md')
  .map((file) => ({ file, text: readFileSync(join(FOLDER, file), 'utf8') }));

describe('decisions', () => {
  it('are numbered once', () => {
    const numbers = decisions.map(({ file }) => file.slice(0, 4));
    expect(numbers).toEqual([...new Set(numbers)]);
  });

  it.each(decisions)('$file says its number, what, why, and what would change it', (decision) => {
    const { file, text } = decision;
    expect(text).toMatch(new RegExp(`^# ${file.slice(0, 4)} · `));
    expect(PARTS.filter((part) => !text.includes(`**${part}**`))).toEqual([]);
  });
});

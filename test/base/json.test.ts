import { describe, expect, it } from 'vitest';
import { parseJson, readJson } from '../../src/base/json.ts';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('readJson', () => {
  it.each([
    ['as deep as may be', nested(512)],
    ['many lists side by side', `[${'[],'.repeat(10_000)}[]]`],
    ['many brackets in a text', JSON.stringify({ a: '[{'.repeat(10_000), b: [1] })],
    ['quotes and backslashes', JSON.stringify(Array<string>(1_000).fill('\\"[{\\\\'))],
  ])('reads %s', (_, text) => {
    expect(readJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['lists', nested(513)],
    ['objects', `${'{"a":'.repeat(513)}1${'}'.repeat(513)}`],
    ['lists whose texts hold closing brackets', `${'["]\\"]",'.repeat(600)}1${']'.repeat(600)}`],
    ['lists that never close', '['.repeat(700_000)],
  ])('refuses %s that nest deeper', (_, text) => {
    expect(() => readJson(text)).toThrow(SyntaxError);
    expect(parseJson(text)).toBeUndefined();
  });

  it('leaves what is no JSON to be told as such', () => {
    expect(() => readJson(`"${'['.repeat(2_000)}`)).toThrow(/JSON/);
  });
});

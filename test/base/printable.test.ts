import { describe, expect, it } from 'vitest';
import { KvcacheError } from '../../src/base/errors.ts';
import {
  printable,
  printableJson,
  printableLines,
  printableTexts,
} from '../../src/base/printable.ts';
import { formatError } from '../../src/cli/shell/error-report.ts';
import { checkLines } from '../../src/report/check-lines.ts';

const HOSTILE = 'a\u001b[2Jb\u009bc\u202ed\r\ne\u0007';
/** What a terminal would obey. */
const OBEYED = /[^\P{Cc}\n]|[\u202a-\u202e]/u;

describe('foreign text', () => {
  it('is one line that no terminal obeys', () => {
    expect(printable(HOSTILE)).toBe('a [2Jb c d e ');
    expect(printableLines(HOSTILE)).toBe('a [2Jb c d \ne ');
    expect(printable('héllo, 世界 👩‍💻')).toBe('héllo, 世界 👩‍💻');
  });

  it.each([
    ['::error::x', ': :error::x'],
    ['a ::stop-commands::t', 'a : :stop-commands::t'],
    ['a\n::debug', 'a : :debug'],
    ['##[error]x', '# #[error]x'],
    ['x##vso[task.complete]', 'x# #vso[task.complete]'],
    ['listening on ::1 and ::ffff:10.0.0.1', 'listening on ::1 and ::ffff:10.0.0.1'],
    ['std::vector, # 1, ## two', 'std::vector, # 1, ## two'],
  ])('gives no order to a CI server: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is harmless in plain data, whose other members stay the same', () => {
    const same = { b: ['x', 1, null], c: { d: true } };
    const given = { 'a\u001b': [HOSTILE, 2], same };
    const shown = printableTexts(given) as Record<string, unknown>;
    expect(shown).toEqual({ 'a ': [printable(HOSTILE), 2], same });
    expect(shown['same']).toBe(same);
    expect(printableTexts(same)).toBe(same);
  });

  it('reads back from JSON as it was', () => {
    const text = `${HOSTILE} ##[error] \u2028`;
    const json = printableJson({ [text]: text });
    expect(json).toMatch(/^[\x20-\x7e]*$/);
    expect(json).not.toContain('##');
    expect(JSON.parse(json)).toEqual({ [text]: text });
  });

  it('is harmless in an error', () => {
    const fields = { message: HOSTILE, where: HOSTILE, details: [HOSTILE], remedy: HOSTILE };
    const text = formatError(new KvcacheError({ kind: 'usage', code: 'X', ...fields }));
    expect(text).not.toMatch(OBEYED);
    expect(text.split('\n')).toHaveLength(5);
  });

  it('is harmless in a check', () => {
    const texts = { claim: HOSTILE, expected: HOSTILE, actual: HOSTILE, evidence: HOSTILE };
    const check = { id: 'x', outcome: 'fail', remedy: HOSTILE, ...texts } as const;
    expect(checkLines(check, (_, text) => text, true).join('\n')).not.toMatch(OBEYED);
  });
});

import { describe, expect, it } from 'vitest';
import { KvcacheError } from '../../src/base/errors.ts';
import { printable, printableLines } from '../../src/base/printable.ts';
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

  it('is harmless in an error', () => {
    const fields = { message: HOSTILE, where: HOSTILE, details: [HOSTILE], remedy: HOSTILE };
    const text = formatError(new KvcacheError({ kind: 'usage', code: 'X', ...fields }));
    expect(text).not.toMatch(OBEYED);
    expect(text.split('\n')).toHaveLength(9);
  });

  it('is harmless in a check', () => {
    const texts = { claim: HOSTILE, expected: HOSTILE, actual: HOSTILE, evidence: HOSTILE };
    const check = { id: 'x', outcome: 'fail', remedy: HOSTILE, ...texts } as const;
    expect(checkLines(check, (_, text) => text, true).join('\n')).not.toMatch(OBEYED);
  });
});

import { describe, expect, it } from 'vitest';
import { settled } from '../../src/base/outcome.ts';
import { checkLines } from '../../src/report/check-lines.ts';

const plain = (_: unknown, text: string): string => text;
const checkOf = (outcome: 'pass' | 'fail', evidence: string) =>
  settled({
    id: 'some-check',
    claim: 'It holds.',
    outcome,
    expected: '1',
    actual: '2',
    evidence,
    remedy: 'Mend it.',
  });

describe('a check for people', () => {
  it('tells its evidence where there is some, and no empty line where there is none', () => {
    expect(checkLines(checkOf('fail', 'seen'), plain, false)).toEqual([
      'FAIL It holds. [some-check]',
      '     expected 1, got 2',
      '     seen',
      '     → Mend it.',
    ]);
    for (const isVerbose of [true, false]) {
      expect(checkLines(checkOf('fail', ''), plain, isVerbose)).toHaveLength(3);
      expect(checkLines(checkOf('pass', ''), plain, isVerbose)).toHaveLength(2);
    }
  });
});

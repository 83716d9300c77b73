import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../src/report/formats/terminal.ts';
import { PLAIN_LOOK } from '../../src/report/look.ts';
import { cellLines, fittingColumns } from '../../src/report/table.ts';
import { REPORTS } from './report-set.ts';
import { sampleVerifyReport } from './sample-reports.ts';

const SCREENS = Object.entries({
  ...REPORTS,
  invalid: sampleVerifyReport({ routed: 1, disturbanceMs: 60 }),
  failing: sampleVerifyReport({ failing: 0.3 }),
  alone: sampleVerifyReport({ replicas: 2, gatewayMode: 'running', hasController: false }),
}).flatMap(([name, report]) => [60, 80, 120].map((width) => [name, width, report] as const));

/** What stands between blanks, without what ends a sentence or a list entry. */
function wordsOf(text: string): Set<string> {
  return new Set(text.split(/\s+/).map((word) => word.replace(/[,:;.]+$/, '')));
}

describe('what a terminal shows', () => {
  it.each(SCREENS)('%s at %i columns keeps within them', (_, width, report) => {
    const text = renderTerminal(report, { ...PLAIN_LOOK, width, isVerbose: true });
    const lines = text.split('\n');
    // What has no place to break may be meant for copying.
    const whole = lines.filter((line) => /\S{30}/.test(line));
    const longest = lines.filter((line) => !whole.includes(line)).map(({ length }) => length);
    expect(Math.max(...longest)).toBeLessThanOrEqual(width);
  });

  it.each(SCREENS)('%s at %i columns breaks no word and no figure', (_, width, report) => {
    const look = { ...PLAIN_LOOK, isVerbose: true };
    const narrow = renderTerminal(report, { ...look, width });
    const wide = wordsOf(renderTerminal(report, { ...look, width: Infinity }));
    expect([...wordsOf(narrow)].filter((word) => !wide.has(word))).toEqual([]);
    expect(narrow).not.toMatch(/\d\n *(?:%|µs|ms|s|m|h)(?![\p{L}\d])/u);
    expect(narrow).not.toMatch(/[≤≥=→]\n *[−+]?\d/);
  });
});

describe('columns', () => {
  const rows = [
    ['what it is', 'n'],
    ['a cell of words', '1,024'],
  ];

  it('break long cells between words where there is no room', () => {
    const columns = fittingColumns(rows, 16)!;
    expect(rows.flatMap((row) => cellLines(row, columns))).toEqual([
      'what it    n',
      'is',
      'a cell of  1,024',
      'words',
    ]);
  });

  it('stand closer before a table becomes a list, and are none where no word fits', () => {
    expect(fittingColumns(rows, 11)!.gap).toBe(1);
    expect(fittingColumns(rows, 8)).toBeUndefined();
  });

  it('are none for prose that would stand in a narrow one', () => {
    const prose = [['at', 'a sentence of ten words takes five lines in here']];
    expect(fittingColumns(prose, 30)).toBeDefined();
    expect(fittingColumns(prose, 14)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { printableJson } from '../../src/base/printable.ts';
import { painter } from '../../src/cli/shell/terminal.ts';
import { FORMAT_NAMES, type FormatName, formatOf } from '../../src/report/formats.ts';
import type { Report } from '../../src/report/model.ts';
import { PLAIN_LOOK } from '../../src/report/look.ts';
import { HOSTILE_TEXTS, rawPlaces } from './hostile-text.ts';
import { REPORTS } from './report-set.ts';

const WIDE = { ...PLAIN_LOOK, width: Infinity, isVerbose: true };

/** Stands where a stranger's text may stand. */
const MARK = 'MARK';

/** The report of a kind in which whatever engines, files and flags can name is `text`. */
function reportOf(name: string, text: string): Report {
  const report = { ...REPORTS[name]! };
  const { samples } = report;
  const checks = report.checks.map((check) => ({
    ...check,
    outcome: 'fail',
    claim: MARK,
    expected: MARK,
    actual: MARK,
    evidence: MARK,
    remedy: MARK,
  }));
  const marked = { ...report, checks, title: MARK, stopReason: MARK, isPartial: true };
  const json = JSON.stringify({ ...marked, samples: samples.slice(0, 4) })
    .replaceAll(/engine-a|qwen|run-1|0\.1\.0|unique|127\.0\.0\.1:8000|The client used/g, MARK)
    .replaceAll('"level":"ok"', '"level":"warning"');
  return JSON.parse(json.replaceAll(MARK, JSON.stringify(text).slice(1, -1))) as Report;
}

async function render(format: FormatName, report: Report, look = WIDE): Promise<string> {
  return [...(await formatOf(format).load())(report, look)].join('');
}

const LINES = FORMAT_NAMES.filter((name) => !['html', 'json', 'ndjson', 'csv'].includes(name));

describe.each(Object.keys(REPORTS))('in a %s report', (name) => {
  it.each(LINES)('%s lets no text through raw, nor break a line', async (format) => {
    const lines = (text: string): number => text.split('\n').length;
    const calm = lines(await render(format, reportOf(name, 'calm')));
    for (const text of HOSTILE_TEXTS) {
      const shown = await render(format, reportOf(name, text));
      expect(rawPlaces(shown)).toEqual([]);
      expect(`${lines(shown)} lines with ${JSON.stringify(text)}`).toMatch(`${calm} lines`);
    }
  });

  it('a wrapped terminal begins no line with an order', async () => {
    for (const text of HOSTILE_TEXTS) {
      const report = reportOf(name, `${'word '.repeat(30)}${text}`);
      for (const width of [40, 80, 120]) {
        expect(rawPlaces(await render('terminal', report, { ...WIDE, width }))).toEqual([]);
      }
    }
  });

  it('colours are ours alone', async () => {
    const paint = painter({ write: () => {}, isTTY: true }, {});
    for (const text of HOSTILE_TEXTS) {
      const shown = await render('terminal', reportOf(name, text), { ...WIDE, paint });
      const calm = await render('terminal', reportOf(name, 'calm'), { ...WIDE, paint });
      expect(shown.split('\u001b')).toHaveLength(calm.split('\u001b').length);
    }
  });

  it('JSON and NDJSON hold every text as it was, escaped', async () => {
    for (const text of HOSTILE_TEXTS) {
      const report = reportOf(name, text);
      const json = await render('json', report);
      expect(rawPlaces(json)).toEqual([]);
      expect(JSON.parse(json)).toEqual(report);
      const rows = await render('ndjson', report);
      expect(rawPlaces(rows)).toEqual([]);
      const parsed = rows
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((row) => JSON.parse(row) as unknown);
      expect(parsed).toEqual(report.samples);
    }
  });

  it('CSV has as many rows as samples, and no cell that a spreadsheet runs', async () => {
    for (const text of HOSTILE_TEXTS) {
      const report = reportOf(name, text);
      const csv = await render('csv', report);
      expect(rawPlaces(csv.replaceAll('\r\n', '\n'))).toEqual([]);
      expect(csv.split('\r\n')).toHaveLength(report.samples.length + 2);
      expect(csv).not.toMatch(/(?:^|,|\n)"?\s*[=+\-@＝＋－＠]/);
    }
  });

  it('HTML escapes what it shows and what it holds as data', async () => {
    const page = await render('html', reportOf(name, HOSTILE_TEXTS.join(' ')));
    expect(page).not.toMatch(/[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
    expect(page).not.toMatch(/<script>alert|<img src=x|<x\/>/);
  });
});

it('a document of a command is one line that reads back as it was', () => {
  const json = printableJson({ texts: HOSTILE_TEXTS });
  expect(rawPlaces(json)).toEqual([]);
  expect(json).not.toContain('\n');
  expect(JSON.parse(json)).toEqual({ texts: HOSTILE_TEXTS });
});

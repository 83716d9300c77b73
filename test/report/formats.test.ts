import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import {
  FORMAT_NAMES,
  type FormatName,
  formatOf,
  parseReporters,
} from '../../src/report/formats.ts';
import type { Report } from '../../src/report/model.ts';
import { parseReport } from '../../src/report/read.ts';
import { PLAIN_LOOK } from '../../src/report/look.ts';
import { ROOT } from '../helpers/exec.ts';
import { golden } from '../helpers/golden.ts';
import { junitErrors } from './junit-schema.ts';
import { HOSTILE, REPORTS } from './report-set.ts';

const NAMES = Object.keys(REPORTS);
const TEXT_FORMATS = FORMAT_NAMES.filter(
  (name) => !['json', 'ndjson', 'csv', 'html'].includes(name),
);

async function render(format: FormatName, report: Report, look = PLAIN_LOOK): Promise<string> {
  return [...(await formatOf(format).load())(report, look)].join('');
}

it('docs/reports.md has every format, and what a folder gets unasked', () => {
  const page = readFileSync(join(ROOT, 'docs/reports.md'), 'utf8');
  const rows = FORMAT_NAMES.map((name) => {
    const { summary, fileName } = formatOf(name);
    return `| \`${name}\` | ${summary} | ${fileName ?? 'printed'} |`;
  });
  expect(page).toContain(`${rows.join('\n')}\n\n`);
  const lines = FORMAT_NAMES.filter((name) => formatOf(name).fileName === null);
  expect(page).toContain(`Only ${listed(lines)} may share it.`);
  const usual = FORMAT_NAMES.filter((name) => formatOf(name).isUsual);
  expect(page).toContain(`Alone it writes ${listed(usual)}.`);
});

/** `a`, `b` and `c`. */
function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

describe('golden files', () => {
  const cases = TEXT_FORMATS.flatMap((format) => NAMES.map((name) => [format, name] as const));
  it.each(cases)('%s of a %s report', async (format, name) => {
    const extension = (formatOf(format).fileName ?? 'lines.txt').split('.').at(-1);
    const text = await render(format, REPORTS[name]!);
    expect(text).toBe(golden(`reports/${name}.${format}.${extension}`, text));
  });

  it.each([80, 200])('terminal at %i columns keeps within them', async (width) => {
    const text = await render('terminal', REPORTS['verify']!, { ...PLAIN_LOOK, width });
    const words = new Set(text.split(/\s+/).map((word) => word.length));
    expect(Math.max(...words)).toBeLessThan(80);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(text).toBe(golden(`reports/verify.terminal-${width}.txt`, text));
  });
});

describe('terminal', () => {
  it('tells only what did not pass when quiet', async () => {
    const quiet = { ...PLAIN_LOOK, isQuiet: true };
    const text = await render('terminal', REPORTS['verify']!, quiet);
    expect(text).not.toContain('PASS The');
    expect(text.trim().split('\n').length).toBeLessThan(6);
  });

  it('colours outcomes only when the reader wants it', async () => {
    const paint = (colour: string, text: string): string => `<${colour}>${text}</>`;
    const text = await render('terminal', REPORTS['load']!, { ...PLAIN_LOOK, paint });
    expect(text).toContain('<red>FAIL</>');
    expect(await render('terminal', REPORTS['load']!)).not.toContain('\u001b');
  });
});

describe('JUnit', () => {
  type Element = Record<string, unknown>;
  const parser = new XMLParser({ ignoreAttributes: false, parseAttributeValue: true });
  const suiteOf = (text: string): { testcase: Element | Element[] } =>
    (parser.parse(text) as { testsuites: { testsuite: { testcase: Element } } }).testsuites
      .testsuite;

  it.each([...NAMES, 'hostile'])('of a %s report is well-formed and counts right', async (name) => {
    const report = REPORTS[name] ?? HOSTILE;
    const text = await render('junit', report);
    expect(XMLValidator.validate(text)).toBe(true);
    const suite = suiteOf(text);
    const cases = [suite.testcase].flat();
    const count = (kind: string): number => cases.filter((it) => kind in it).length;
    expect(suite).toMatchObject({
      '@_tests': cases.length,
      '@_failures': count('failure'),
      '@_errors': count('error'),
    });
    const isGood = report.outcome === 'pass';
    expect(count('failure') + count('error') === 0).toBe(isGood);
  });

  it.each([...NAMES, 'hostile'])('of a %s report is what Jenkins’ schema allows', async (name) => {
    expect(await junitErrors(await render('junit', REPORTS[name] ?? HOSTILE))).toEqual([]);
  });

  it('would not pass the schema if it were wrong', async () => {
    const text = await render('junit', REPORTS['load']!);
    const [unnamed, misplaced] = [
      text.replace(/<testcase (classname="[^"]*") name="[^"]*"/, '<testcase $1'),
      text.replace('</testsuites>', '<testcase name="x"/></testsuites>'),
    ];
    expect(await junitErrors(unnamed)).toHaveLength(1);
    expect(await junitErrors(misplaced)).toHaveLength(1);
  });

  it('gives back hostile texts as they were, but for characters XML cannot hold', async () => {
    const { testcase } = suiteOf(await render('junit', HOSTILE));
    expect([testcase].flat()[0]!['failure']).toHaveProperty(
      '@_message',
      'expected </testcase>, got <script>alert(1)</script>',
    );
  });
});

describe('OpenMetrics', () => {
  it('ends as the format demands and leaves out what is unknown', async () => {
    const text = await render('openmetrics', REPORTS['run']!);
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    expect(text).not.toMatch(/null|NaN|undefined/);
  });
});

describe('machine formats', () => {
  it('JSON reads back as the same report', async () => {
    for (const report of Object.values(REPORTS)) {
      expect(parseReport(await render('json', report), 'r')).toEqual(report);
    }
  });

  it('NDJSON and CSV hold every sample', async () => {
    const report = REPORTS['verify']!;
    const rows = (await render('ndjson', report)).trimEnd().split('\n');
    expect(rows.slice(1).map((row) => JSON.parse(row) as unknown)).toEqual(report.samples);
    expect(JSON.parse(rows[0]!)).toMatchObject({ schema: 'kvcache.report-samples/v1' });
    const lines = (await render('csv', report)).trimEnd().split('\r\n');
    expect(lines).toHaveLength(report.samples.length + 1);
    expect(lines[1]!.split(',').slice(0, 3)).toEqual([report.samples[0]!.id, 'A', '0']);
  });

  it('annotations stay one command per line whatever the texts hold', async () => {
    const lines = (await render('github', HOSTILE)).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^::notice title=what was judged::/);
    expect(lines[1]).toMatch(/^::warning title=inconclusive%3A x::/);
    expect(lines[1]).toContain('%250A');
  });

  it('Markdown lets no markup of a stranger through', async () => {
    const text = await render('markdown', HOSTILE);
    expect(text).not.toMatch(/<script|<b>|[^\\]\[a\]\(/);
  });
});

describe('--reporter', () => {
  it('takes several, with and without a file', () => {
    expect(parseReporters('terminal, junit=a=b.xml')).toEqual([
      { format: 'terminal', path: undefined },
      { format: 'junit', path: 'a=b.xml' },
    ]);
  });

  it.each([
    ['html5', 'REPORTER_UNKNOWN'],
    ['', 'REPORTER_UNKNOWN'],
    ['toString', 'REPORTER_UNKNOWN'],
    ['junit=', 'REPORTER_INVALID'],
  ])('refuses %j', (text, code) => {
    expect(() => parseReporters(text)).toThrow(expect.objectContaining({ code }));
  });
});

import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { finished, kvcache, startKvcache } from '../../helpers/exec.ts';
import { type Json, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

let folder: string;
let fleet: TestFleet;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-report-'));
  fleet = await startTestFleet({ engines: [{ id: 'engine-a' }, { id: 'engine-b' }] });
});

afterAll(async () => {
  await fleet.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (...names: string[]): string => join(folder, ...names);
const readJson = (...names: string[]): Json => JSON.parse(readFileSync(at(...names), 'utf8'));

function verifyArgs(...more: string[]): string[] {
  const { controller, engines } = fleet.urls;
  return [
    'verify',
    '--lmcache',
    controller,
    '--work-dir',
    mkdtempSync(at('work-')),
    ...engines.flatMap((url, index) => ['--engine', `engine-${'ab'[index]}=${url}`]),
    ...more,
  ];
}

function loadArgs(...more: string[]): string[] {
  return ['load', '--url', fleet.urls.engines[0]!, '--max-tokens', '4', ...more];
}

/** Long texts: shows the place where they part, not all of them. */
function expectSameBytes(actual: string, expected: string): void {
  let index = 0;
  while (index < expected.length && actual[index] === expected[index]) index++;
  const around = (text: string): string => text.slice(Math.max(0, index - 60), index + 60);
  expect(around(actual)).toBe(around(expected));
  expect(actual.length).toBe(expected.length);
}

/** Kills the process outright once its log holds so many lines. */
async function killAt(child: ChildProcess, log: string, lines: number): Promise<void> {
  const done = finished(child);
  await pollUntil(
    () => {
      const found = existsSync(log) ? readFileSync(log, 'utf8').split('\n').length : 0;
      return Promise.resolve(found > lines ? found : undefined);
    },
    { clock: systemClock, deadlineMs: 45_000 },
  );
  child.kill('SIGKILL');
  expect((await done).signal).toBe('SIGKILL');
}

describe('verify --out', () => {
  it('leaves reports that its own sample log builds again, byte for byte', async () => {
    const done = await kvcache(
      verifyArgs(
        '--quick',
        '--arms',
        'BC',
        '--rounds',
        '3',
        '--bundle',
        at('v.tgz'),
        '--out',
        at('verify'),
      ),
    );
    expect(existsSync(at('verify', 'junit.xml'))).toBe(true);
    const again = await kvcache(['report', at('verify', 'samples.ndjson'), '--reporter', 'json']);
    expect(again.code).toBe(done.code);
    expectSameBytes(again.stdout, readFileSync(at('verify', 'report.json'), 'utf8'));
    const sealed = await kvcache(['report', at('v.tgz'), '--reporter', 'json']);
    expectSameBytes(sealed.stdout, again.stdout);
    const shown = await kvcache(['report', at('verify', 'report.json')]);
    expect(shown.stdout).toBe(done.stdout);
  });

  it('loses no measured request to SIGKILL and calls the rest partial', async () => {
    const args = verifyArgs('--thorough', '--out', at('killed'));
    await killAt(startKvcache(args), at('killed', 'samples.ndjson'), 60);
    const rows = readFileSync(at('killed', 'samples.ndjson'), 'utf8').trimEnd().split('\n');
    const measured = rows.filter((row) => row.startsWith('{"id"')).length;
    const done = await kvcache(['report', at('killed'), '--json']);
    const report: Json = JSON.parse(done.stdout);
    expect(report).toMatchObject({ kind: 'verify', isPartial: true, exitCode: 4 });
    expect(report.samples).toHaveLength(measured);
    expect(measured).toBeGreaterThan(10);
    expect(done.code).toBe(4);
    // Where the line is broken depends on what was judged so far.
    expect(done.stderr.replaceAll(/\s+/g, ' ')).toContain(
      'Partial: The process ended before the run did.',
    );
  });
});

describe('load', () => {
  it('writes every report asked for and builds them again from --samples', async () => {
    const reporters = `terminal,json=${at('l.json')},junit=${at('l.xml')},csv=${at('l.csv')}`;
    const done = await kvcache(
      loadArgs('--requests', '40', '--samples', at('l.ndjson'), '--reporter', reporters),
    );
    const again = await kvcache(['report', at('l.ndjson'), '--reporter', 'json']);
    expectSameBytes(again.stdout, readFileSync(at('l.json'), 'utf8'));
    expect(again.code).toBe(done.code);
    expect(readJson('l.json').samples).toHaveLength(40);
    expect(readFileSync(at('l.xml'), 'utf8')).toContain('<testsuite ');
  });

  it('killed outright still has a partial report, a torn last line or not', async () => {
    const args = loadArgs('--duration', '60s', '--samples', at('k.ndjson'));
    await killAt(startKvcache(args), at('k.ndjson'), 40);
    const text = readFileSync(at('k.ndjson'), 'utf8').trimEnd();
    writeFileSync(at('torn.ndjson'), text.slice(0, -9));
    const whole: Json = JSON.parse((await kvcache(['report', at('k.ndjson'), '--json'])).stdout);
    const torn: Json = JSON.parse((await kvcache(['report', at('torn.ndjson'), '--json'])).stdout);
    expect(whole).toMatchObject({ kind: 'load', isPartial: true, outcome: 'inconclusive' });
    expect(torn.samples.length).toBe(whole.samples.length - 1);
  });
});

describe('usage errors', () => {
  it.each([
    ['an unknown reporter', ['--reporter', 'pdf'], 'REPORTER_UNKNOWN'],
    ['two reports on one stream', ['--reporter', 'junit,csv'], 'REPORTERS_COLLIDE'],
    ['a report beside --json', ['--reporter', 'junit', '--json'], 'REPORTERS_COLLIDE'],
    ['two reports in one file', ['--reporter', 'junit=x,csv=x'], 'REPORTERS_COLLIDE'],
    ['a report in no folder', ['--reporter', 'junit=package.json/x.xml'], 'REPORT_UNWRITABLE'],
    // Node's own way to make folders would never come back from there.
    ['a report where none can be', ['--reporter', 'junit=/proc/x/y.xml'], 'REPORT_UNWRITABLE'],
    ['a report in place of a folder', ['--reporter', 'html=src'], 'REPORT_UNWRITABLE'],
    ['a folder in place of a file', ['--out', 'package.json'], 'REPORT_UNWRITABLE'],
  ])('%s is refused before the first request', async (_, flags, code) => {
    const done = await kvcache(['load', '--url', 'http://127.0.0.1:1', ...flags]);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain(code);
  });

  it.each([
    ['nothing there', 'none.json', undefined, 'FILE_UNREADABLE'],
    ['no report', 'other.json', '{"schema":"other/v1"}', 'REPORT_INVALID'],
    ['no text', 'binary.json', '\u0000\u0001', 'REPORT_INVALID'],
    ['an empty file', 'empty.ndjson', '', 'is empty'],
    [
      'a log of the future',
      'v9.ndjson',
      '{"schema":"kvcache.samples/v9"}\n{}',
      'of another version',
    ],
    [
      'a torn header',
      'torn.ndjson',
      '{"schema":"kvcache.samples/v1","runId":"a',
      'FILE_UNREADABLE',
    ],
    ['a broken line', 'bad.ndjson', '{"schema":"kvcache.samples/v1"}\n{"id\n{}\n', 'bad.ndjson:2'],
    ['a broken bundle', 'bad.tgz', '\u001f\u008bxx', 'REPORT_INVALID'],
  ])('report on %s says so', async (_, name, content, code) => {
    if (content !== undefined) writeFileSync(at(name), content);
    const done = await kvcache(['report', at(name)]);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain(code);
    expect(done.stderr).not.toContain('internal error');
  });
});

it('the commands of report take the flags behind their name', async () => {
  const [log, other] = [at('own.ndjson'), at('own-2.ndjson')];
  await kvcache(loadArgs('--requests', '40', '--samples', log));
  await kvcache(loadArgs('--requests', '40', '--samples', other));
  const run = async (...args: string[]) => kvcache(['report', ...args]);
  const compared = await run('compare', log, other, '--json');
  expect(JSON.parse(compared.stdout)).toMatchObject({ schema: 'kvcache.report-compare/v1' });
  expect((await run('compare', log, other, '--quiet')).stdout).not.toContain('PASS');
  await run('merge', log, other, '--out', at('merged'));
  expect(readJson('merged', 'report.json').samples).toHaveLength(80);
  const merged = await run('merge', log, other, '--reporter', 'csv');
  expect(merged.stdout.trimEnd().split('\n')).toHaveLength(81);
  // Before the name they belong to report itself.
  expect(JSON.parse((await run(log, '--json')).stdout)).toMatchObject({ kind: 'load' });
});

it('report --trend is report trend', async () => {
  const [flag, command] = await Promise.all([
    kvcache(['report', '--trend', folder, '--json']),
    kvcache(['report', 'trend', folder, '--json']),
  ]);
  expect(flag).toEqual(command);
  expect(JSON.parse(flag.stdout)).toMatchObject({ schema: 'kvcache.report-trend/v1' });
  expect((await kvcache(['report', 'x.json', '--trend', folder])).code).toBe(2);
});

it('a report that cannot be written takes no other with it', async () => {
  const done = await kvcache(
    loadArgs('--requests', '4', '--reporter', `github,junit=${at('kept.xml')}`),
    { env: { GITHUB_STEP_SUMMARY: at('none', 'summary.md') } },
  );
  expect(done.code).toBe(2);
  expect(done.stderr).toContain('REPORT_UNWRITABLE');
  expect(readFileSync(at('kept.xml'), 'utf8')).toContain('<testsuite ');
});

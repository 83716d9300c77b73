import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configText } from '../../helpers/gateway.ts';
import { startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';
import { expectSentence, NO_SENTENCE, shell } from '../../helpers/shell.ts';

/** A script, its exit code, and the code of what it says. */
type Row = readonly [name: string, script: string, exitCode: number, said: string | null];

let folder: string;
let fleet: TestFleet;
/** A folder on a small disk of its own; undefined where nobody may mount one, and a limit on files stands in. */
let disk: string | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-files-'));
  fleet = await startTestFleet({ engines: [{ id: 'engine-a' }] });
  writeFileSync(join(folder, 'good.yaml'), configText({ endpoints: [{ id: 'a', port: 1 }] }));
  const path = mkdtempSync(join(tmpdir(), 'kvcache-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', path], { stdio: 'ignore' });
    disk = path;
  } catch {
    rmSync(path, { recursive: true });
  }
});

afterAll(async () => {
  if (disk !== undefined) {
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  }
  rmSync(folder, { recursive: true, force: true });
  await fleet.close();
});

/** Variables that the scripts use: `$FULL` has little room, `$LOAD` is a load of 200 requests. */
function run(script: string) {
  const cwd = mkdtempSync(join(folder, 'case-'));
  const full = disk ?? cwd;
  const url = fleet.urls.engines[0]!;
  const env = {
    FULL: full,
    GOOD: join(folder, 'good.yaml'),
    URL: url,
    LOAD: `load --url ${url} --requests 200 --max-tokens 2`,
  };
  const limit = disk === undefined ? 'ulimit -f 32; ' : '';
  const clean = disk === undefined ? '' : `rm -rf ${full}/*; `;
  return shell(`${clean}${limit}${script}`, { cwd, env });
}

const START = 'kvcache gateway start -c';

const CONFIGS: readonly Row[] = [
  ['none there', `${START} nowhere.yaml`, 2, 'FILE_UNREADABLE'],
  ['a folder', `mkdir d; ${START} d`, 2, 'FILE_UNREADABLE'],
  ['a pipe nobody writes to', `mkfifo p; ${START} p`, 2, 'FILE_UNREADABLE'],
  ['an endless device', `${START} /dev/zero`, 2, 'FILE_UNREADABLE'],
  ['a link to an endless device', `ln -s /dev/zero z; ${START} z`, 2, 'FILE_UNREADABLE'],
  ['a link to itself', `ln -s l l; ${START} l`, 2, 'FILE_UNREADABLE'],
  ['a file in the way of its folder', `touch f; ${START} f/conf.yaml`, 2, 'FILE_UNREADABLE'],
  ['a name too long', `${START} ${'n'.repeat(5_000)}`, 2, 'FILE_UNREADABLE'],
  ['memory that no one may read', `${START} /proc/self/mem`, 2, 'FILE_UNREADABLE'],
  ['a terabyte of nothing', `truncate -s 1T t; ${START} t`, 2, 'FILE_TOO_LARGE'],
  [
    'five megabytes',
    `head -c 5000000 /dev/zero | tr '\\0' '#' > h; ${START} h`,
    2,
    'FILE_TOO_LARGE',
  ],
  ['an empty file', `: > e; ${START} e`, 2, 'CONFIG_INVALID'],
  ['a program', `${START} /bin/true`, 2, 'FILE_NOT_TEXT'],
];

const RESULTS: readonly Row[] = [
  ['samples on a full disk', 'kvcache $LOAD --samples $FULL/s.ndjson', 2, 'SAMPLES_UNWRITABLE'],
  ['samples on /dev/full', 'kvcache $LOAD --samples /dev/full', 2, 'SAMPLES_UNWRITABLE'],
  [
    'samples in a folder that takes none',
    'kvcache $LOAD --samples /proc/s',
    2,
    'SAMPLES_UNWRITABLE',
  ],
  ['samples over what is there', ': > s; kvcache $LOAD --samples s', 2, 'SAMPLES_UNWRITABLE'],
  ['samples where a folder is', 'mkdir s; kvcache $LOAD --samples s', 2, 'SAMPLES_UNWRITABLE'],
  ['reports on a full disk', 'kvcache $LOAD --out $FULL', 2, 'REPORT_UNWRITABLE'],
  [
    'one report on a full disk',
    'kvcache $LOAD --reporter json=$FULL/r.json',
    2,
    'REPORT_UNWRITABLE',
  ],
  ['a report where a folder is', 'mkdir r; kvcache $LOAD --reporter csv=r', 2, 'REPORT_UNWRITABLE'],
  ['a report in a file', ': > f; kvcache $LOAD --out f/r', 2, 'REPORT_UNWRITABLE'],
  ['JSON on a full disk', 'kvcache $LOAD --json > /dev/full', 2, 'OUTPUT_LOST'],
  ['CSV on a full disk', 'kvcache $LOAD --reporter csv > /dev/full', 2, 'OUTPUT_LOST'],
  ['no standard output', 'kvcache $LOAD >&-', 0, null],
  ['no standard error', 'kvcache $LOAD 2>&-', 0, null],
  ['no standard input', 'kvcache $LOAD <&-', 0, null],
  ['standard error on a full disk', 'kvcache $LOAD 2> /dev/full', 0, null],
  [
    'a job summary on a full disk',
    'GITHUB_STEP_SUMMARY=/dev/full kvcache $LOAD --reporter github',
    2,
    'REPORT_UNWRITABLE',
  ],
];

const PLACES: readonly Row[] = [
  [
    'a full disk for work',
    'kvcache run mock --ports auto --work-dir $FULL/w',
    2,
    'WORK_DIR_UNUSABLE',
  ],
  [
    'a full disk for all that is passing',
    'TMPDIR=$FULL kvcache run mock --ports auto',
    2,
    'WORK_DIR_UNUSABLE',
  ],
  [
    'a work folder that nobody may make',
    'kvcache run mock --ports auto --work-dir /proc/w',
    2,
    'WORK_DIR_UNUSABLE',
  ],
  [
    'a file for a work folder',
    ': > w; kvcache run mock --ports auto --work-dir w',
    2,
    'WORK_DIR_UNUSABLE',
  ],
  [
    'a work folder with something in it',
    'mkdir w; : > w/x; kvcache run mock --ports auto --work-dir w',
    2,
    'WORK_DIR_NOT_EMPTY',
  ],
  [
    'no folder for what is passing',
    'TMPDIR=/nowhere kvcache run mock --ports auto',
    2,
    'WORK_DIR_UNUSABLE',
  ],
  ['a config to a full disk', 'ulimit -f 0; kvcache config init c.yaml', 2, 'FILE_NOT_WRITTEN'],
  [
    'a report that is noise',
    'head -c 100000 /dev/urandom > n; kvcache report n',
    2,
    'REPORT_INVALID',
  ],
  ['a report of no length', ': > e; kvcache report e', 2, 'REPORT_INVALID'],
  ['a report of a terabyte', 'truncate -s 1T t; kvcache report t', 2, 'FILE_UNREADABLE'],
];

const ALL = { CONFIGS, RESULTS, PLACES };

it('has at least 35 cases with names of their own', () => {
  const names = Object.values(ALL).flatMap((rows) => rows.map(([name]) => name));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(35);
});

describe.each([
  ['a config', CONFIGS],
  ['results', RESULTS],
  ['a place to work', PLACES],
])('%s', (_kind, rows) => {
  it.each(rows)('%s', async (name, script, exitCode, said) => {
    const done = await run(script);
    if (said !== null) expectSentence(done, said);
    expect(`${done.stdout}${done.stderr}`).not.toMatch(NO_SENTENCE);
    // A machine too busy to measure invalidates a run, which is no matter of files.
    const isBusy = exitCode === 0 && done.code === 5;
    expect([isBusy ? 0 : done.code, done.signal]).toEqual([exitCode, null]);
    // What was measured is told wherever there is room for it.
    const isMeasured = said === null || said === 'OUTPUT_LOST' || name.endsWith('full disk');
    if (!isBusy && script.includes('$LOAD') && isMeasured && !/>&-|2>|csv >/.test(script)) {
      expect(`${done.stdout}${done.stderr}`).toContain('200 requests, none failed');
    }
  });
});

import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { type ExecResult, finished, ROOT, startKvcache } from '../../helpers/exec.ts';
import { configText, served, startUpstream } from '../../helpers/gateway.ts';
import { expectSentence, shell, startShell } from '../../helpers/shell.ts';
import { startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

let folder: string;
let fleet: TestFleet;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kvcache-lost-'));
  fleet = await startTestFleet({ engines: [{ id: 'engine-a' }] });
});

afterAll(async () => {
  await fleet.close();
  rmSync(folder, { recursive: true, force: true });
});

const fresh = (): string => mkdtempSync(join(folder, 'case-'));

const start = (script: string, env: Record<string, string> = {}) =>
  startShell(script, { cwd: folder, env });

const bash = (script: string, env: Record<string, string> = {}): Promise<ExecResult> =>
  shell(script, { cwd: folder, env });

describe('standard output on a full disk', () => {
  it.each([
    ['--help'],
    ['config schema'],
    ['run --list'],
    ['run --list --json'],
    ['completion bash'],
    ['run mock --ports auto'],
    ['run mock --ports auto --json'],
    ['report missing --json'],
  ])('is said and ends with 2: %s', async (args) => {
    const done = await bash(`kvcache ${args} > /dev/full`);
    expectSentence(done, 'OUTPUT_LOST');
    expect(done.stderr).toContain('the disk is full');
    expect(done.code).toBe(2);
  });

  it('is noticed where only the last bytes find no room', async () => {
    const done = await bash('ulimit -f 8; kvcache config schema > schema.json');
    expectSentence(done, 'OUTPUT_LOST');
    expect(done.code).toBe(2);
    expect(readFileSync(join(folder, 'schema.json')).length).toBe(8 * 1024);
  });

  it('keeps the summary for people where the document is lost', async () => {
    const url = fleet.urls.engines[0]!;
    const args = `load --url ${url} --requests 20 --max-tokens 2 --json`;
    const done = await bash(`kvcache ${args} > /dev/full`);
    expectSentence(done, 'OUTPUT_LOST');
    expect(done.stderr).toContain('20 requests, none failed');
    expect(done.code).toBe(2);
  });
});

it('a reader that closes early is left in peace, and the exit code is the outcome', async () => {
  const done = await bash('kvcache config schema | head -1; echo ${PIPESTATUS[0]}');
  expect(done).toMatchObject({ stdout: '{\n0\n', stderr: '' });
});

describe('files on a full disk', () => {
  const load = (more: string): string =>
    `ulimit -f 8; kvcache load --url ${fleet.urls.engines[0]} --requests 200 --max-tokens 2 ${more}`;

  it('a sample log that ends early costs no figure, and can be read', async () => {
    const samples = join(fresh(), 's.ndjson');
    const done = await bash(load(`--samples ${samples}`));
    expectSentence(done, 'SAMPLES_UNWRITABLE');
    expect(done.code).toBe(2);
    expect(done.stdout).toContain('200 requests, none failed');
    expect(done.stderr).toContain(`kvcache report ${samples}`);
    const again = await bash(`kvcache report ${samples} --json`);
    expect(again.code).toBe(4);
    const { samples: rows } = JSON.parse(again.stdout) as { samples: unknown[] };
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.length).toBeLessThan(200);
  });

  it('reports that fit are written and named, the first that does not is the error', async () => {
    const out = fresh();
    const done = await bash(load(`--reporter markdown=${out}/a.md,csv=${out}/b.csv`));
    expectSentence(done, 'REPORT_UNWRITABLE');
    expect(done.code).toBe(2);
    expect(done.stdout).toContain('200 requests');
    expect(done.stderr).toMatch(/^wrote .*a\.md$/m);
    expect(readdirSync(out)).toEqual(['a.md']);
  });

  it('one document stands on stdout whatever was lost', async () => {
    const done = await bash(load(`--json --samples ${join(fresh(), 's.ndjson')}`));
    expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'SAMPLES_UNWRITABLE' } });
    expect(done.code).toBe(2);
  });

  it('a work directory without room is refused at once', async () => {
    const done = await bash('ulimit -f 1; kvcache run mock --ports auto', { TMPDIR: fresh() });
    expectSentence(done, 'WORK_DIR_UNUSABLE');
    expect(done.code).toBe(2);
  });

  it('a bundle without room leaves nothing behind', async () => {
    const [source, temp] = [fresh(), fresh()];
    const url = fleet.urls.engines[0]!;
    await bash(`kvcache load --url ${url} --requests 200 --max-tokens 2 --out ${source}`);
    const call = `ulimit -f 8; kvcache report bundle ${source} ${source}/run.tgz`;
    const done = await bash(call, { TMPDIR: temp });
    expectSentence(done, 'SYSTEM_REFUSED');
    expect(done.code).toBe(2);
    expect(existsSync(join(source, 'run.tgz'))).toBe(false);
    expect(readdirSync(temp)).toEqual([]);
  });

  it.each([
    ['a folder no one may make', '--out /proc/nothing'],
    ['a folder in the way', '--reporter json=/tmp'],
  ])('%s is refused before the first request', async (_, flags) => {
    const done = await bash(load(flags));
    expectSentence(done, 'REPORT_UNWRITABLE');
    expect(done.code).toBe(2);
  });
});

describe('file handles', () => {
  it.each([22, 30, 40])('at most %i of them: a sentence', async (limit) => {
    const done = await bash(
      `ulimit -n ${limit}; kvcache load --url ${fleet.urls.engines[0]} --requests 200 --concurrency 100`,
    );
    expect(done.stderr).toMatch(/too many open files/);
    expect(done.stderr).not.toMatch(/\bbug\b|Node\.js v/);
    expect([2, 3]).toContain(done.code);
  });
});

describe('a gateway whose log has no room', () => {
  it('goes on serving, and says how much was lost once there is room again', async () => {
    await using engine = await startUpstream(served('a'));
    const [conf, log] = [join(folder, 'conf.yaml'), join(folder, 'gateway.log')];
    writeFileSync(
      conf,
      configText({ endpoints: [{ id: 'a', port: engine.port }], extension: '{access_log: true}' }),
    );
    const child = start(
      `ulimit -f 4; exec ${process.execPath} ${join(ROOT, 'bin/kvcache.js')} gateway start -c ${conf} --json 2>> ${log}`,
    );
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const { url } = JSON.parse(line.toString()) as { url: string };
    const ask = async (): Promise<number> => (await fetch(`${url}/v1/x`)).status;
    await pollUntil(
      async () => {
        expect(await ask()).toBe(200);
        return readFileSync(log).length === 4 * 1024 || undefined;
      },
      { clock: systemClock, deadlineMs: 60_000 },
    );
    for (let count = 0; count < 20; count++) expect(await ask()).toBe(200);
    truncateSync(log);
    const told = async (): Promise<string | undefined> => {
      await ask();
      const text = readFileSync(log, 'utf8');
      return text.includes('log lines were lost') ? text : undefined;
    };
    const text = await pollUntil(told, { clock: systemClock, deadlineMs: 30_000 });
    expect(text).toMatch(/^\S+ warn 2\d log lines were lost: the file would be larger/m);
    expect(text!.match(/lines were lost/g)).toHaveLength(1);
    child.kill('SIGTERM');
    expect((await finished(child)).code).toBe(0);
  });

  it('goes on serving when the reader of its log is gone', async () => {
    await using engine = await startUpstream(served('a'));
    const conf = join(folder, 'piped.yaml');
    writeFileSync(
      conf,
      configText({ endpoints: [{ id: 'a', port: engine.port }], extension: '{access_log: true}' }),
    );
    const child = startKvcache(['gateway', 'start', '-c', conf, '--json']);
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const { url } = JSON.parse(line.toString()) as { url: string };
    child.stderr!.destroy();
    child.stdout!.destroy();
    for (let count = 0; count < 20; count++) {
      expect((await fetch(`${url}/v1/x`)).status).toBe(200);
    }
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../src/base/outcome.ts';
import { kvcache, ROOT } from '../helpers/exec.ts';
import { isAlive } from '../helpers/processes.ts';

interface RunDocument {
  schema: string;
  outcome: string;
  exitCode: number;
  checks: Check[];
  responses: { status: number; body: string; servedBy: { endpoint: string; source: string } }[];
  stats: Record<'controller' | 'engineA' | 'engineB', Record<string, unknown>>;
  members: { title: string; url: string; pid: number; logPath: string }[];
  workDir: string | null;
}

const RUN = ['run', 'mock', '--ports', 'auto'];
let tmp: string;

beforeAll(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'kvcache-e2e-'));
});

describe('run mock', () => {
  it('says what was judged, a row per request and the checks, and no path of what is gone', async () => {
    const { stdout, code } = await kvcache(RUN, { env: { TMPDIR: tmp } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^gateway +EMBEDDED: kvcache’s own gateway/);
    expect(stdout.match(/^[12] +200 +mock-llm-[ab] /gm)).toHaveLength(2);
    expect(stdout.match(/^PASS /gm)).toHaveLength(6);
    expect(stdout).not.toMatch(/pid|"object"|lookup_calls":/);
    expect(stdout).not.toContain(tmp);
  });

  it('shows answers, stats and processes with --verbose, and passes', async () => {
    const result = await kvcache([...RUN, '-v'], { env: { TMPDIR: tmp } });
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    for (const title of ['mock controller', 'mock engine A', 'mock engine B', 'embedded gateway']) {
      expect(result.stdout).toMatch(
        new RegExp(`^${title} +http://127\\.0\\.0\\.1:\\d+ +pid \\d+, `, 'm'),
      );
    }
    expect(result.stdout.match(/^ +\{"id":.*"object":"chat.completion"/gm)).toHaveLength(2);
    expect(result.stdout).toMatch(/^controller +\{"lookup_calls":\d/m);
    expect(result.stdout).toMatch(/^engine A +\{"tokenize_calls":\d/m);
    expect(result.stdout).toMatch(/^engine B +\{"chat_calls":\d/m);
    expect(result.stdout.match(/^PASS .*\[[a-z-]+\]$/gm)).toHaveLength(5);
    expect(result.stdout).toMatch(/^PASS 5 of 5 checks hold, /m);
    expect(result.stdout).not.toContain('\u001b[');
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('prints one document with --json, and leaves no process', async () => {
    const result = await kvcache([...RUN, '--json'], { env: { TMPDIR: tmp } });
    const document = JSON.parse(result.stdout) as RunDocument;
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(document).toMatchObject({
      schema: 'kvcache.run/v1',
      outcome: 'pass',
      exitCode: 0,
      workDir: null,
    });
    expect(document.checks.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['tokenize-called', 'pass'],
      ['lookup-called', 'pass'],
      ['pin-called', 'pass'],
      ['repeat-served-by-preferred', 'pass'],
      ['preferred-engine-chatted', 'pass'],
    ]);
    expect(document.responses[1]!.servedBy).toEqual({
      endpoint: 'mock-llm-b',
      source: 'body served_by',
    });
    expect(new Set(document.members.map(({ pid }) => pid)).size).toBe(4);
    expect(document.members.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('keeps what it wrote where it is told to, private to its owner', async () => {
    const workDir = join(tmp, 'kept');
    const result = await kvcache([...RUN, '-q', '--work-dir', workDir, '--keep-work-dir']);
    expect(result.stdout).toMatch(/^PASS 5 of 5 checks hold, .*\n$/);
    expect(readdirSync(workDir).sort()).toEqual([
      'controller.log',
      'engine-a.log',
      'engine-b.log',
      'gateway.log',
      'gateway.yaml',
    ]);
    expect(statSync(workDir).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(workDir)) {
      expect([name, statSync(join(workDir, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    const again = await kvcache([...RUN, '--work-dir', workDir]);
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringContaining('[WORK_DIR_NOT_EMPTY]'),
    ]);
  });

  it('runs without a home, in CI', async () => {
    const result = await kvcache([...RUN, '-q'], {
      env: { HOME: undefined, CI: 'true', TMPDIR: tmp },
    });
    expect([result.code, result.stderr]).toEqual([0, '']);
  });

  it('lists its scenarios', async () => {
    const result = await kvcache(['run', '--list', '--json']);
    const { scenarios } = JSON.parse(result.stdout) as { scenarios: { name: string }[] };
    expect(scenarios.map(({ name }) => name)).toContain('mock');
    expect((await kvcache(['run', '--list'])).stdout).toMatch(/^mock +\S/m);
  });
});

describe('run mock refuses', () => {
  it.each([
    [['run', 'no-such-scenario'], 'SCENARIO_UNKNOWN', 2],
    [['run', 'mock', '--gateway', '/no/such/binary'], 'GATEWAY_NOT_EXECUTABLE', 2],
    [['run', 'mock', '--gateway', 'http://'], 'URL_INVALID', 2],
    [['run', 'mock', '--gateway', 'pixiu'], 'GATEWAY_NOT_FOUND', 3],
    [['run', 'mock', '--port-base', '70000'], 'NUMBER_INVALID', 2],
  ])('%j with %s', async (args, code, exitCode) => {
    const env = { TMPDIR: tmp, PATH: tmp };
    const result = await kvcache([...args, '--json'], { env });
    expect(result.code).toBe(exitCode);
    expect(JSON.parse(result.stdout)).toMatchObject({
      schema: 'kvcache.run/v1',
      outcome: 'error',
      exitCode,
      error: { code, remedy: expect.stringMatching(/\w/) as string },
    });
    expect(result.stderr).not.toMatch(/^ {4}at /m);
    expect(readdirSync(tmp).filter((name) => name.startsWith('kvcache-run'))).toEqual([]);
  });

  it('names both remedies when there is no pixiu', async () => {
    const result = await kvcache(['run', 'mock', '--gateway', 'pixiu'], { env: { PATH: tmp } });
    expect(result.stderr).toMatch(/PATH.*PIXIU_SOURCE/);
  });

  it('a config that fixes the ports together with other ports', async () => {
    const config = join(tmp, 'conf.yaml');
    await writeFile(config, 'static_resources: {}\n');
    const result = await kvcache(RUN, { env: { PIXIU_CONFIG: config } });
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining('[PORTS_CONFLICT]')]);
    const missing = await kvcache(['run', 'mock'], { env: { PIXIU_CONFIG: `${config}.no` } });
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('[FILE_UNREADABLE]'),
    ]);
  });
});

describe('run mock with another gateway', () => {
  const standIn = join(ROOT, 'fixtures/children/pixiu-stand-in.mjs');

  it('judges a binary by its path', async () => {
    const result = await kvcache([...RUN, '--gateway', standIn]);
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(result.stdout).toMatch(/^pixiu gateway +http/m);
  });

  it('keeps logs and says why when a child dies', async () => {
    const dying = join(ROOT, 'fixtures/children/dying.mjs');
    const result = await kvcache([...RUN, '--gateway', dying], { env: { TMPDIR: tmp } });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('[CHILD_DIED]');
    expect(result.stderr).toContain('| cannot open the flux capacitor');
    const kept = /^Logs are kept in (.+)$/m.exec(result.stderr)![1]!;
    expect(readdirSync(kept)).toContain('gateway.log');
  });
});

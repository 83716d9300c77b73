import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/base/outcome.ts';
import { kvcache, ROOT, startKvcache } from '../helpers/exec.ts';
import { survivors } from '../helpers/processes.ts';

interface RunDocument {
  schema: string;
  scenario: string;
  outcome: string;
  exitCode: number;
  seed: number;
  routing: string;
  checks: Check[];
  steps: { name: string; requests: number; failed: number; servedBy: Record<string, number> }[];
  members: { role: string; id: string; url: string; pid: number }[];
  workDir: string | null;
}

const tmp = mkdtempSync(join(tmpdir(), 'kvcache-scenarios-'));

async function run(...args: string[]): Promise<RunDocument> {
  const result = await kvcache(['run', ...args, '--json'], { env: { TMPDIR: tmp } });
  const document = JSON.parse(result.stdout) as RunDocument;
  expect(document.schema).toBe('kvcache.run/v1');
  expect(result.code).toBe(document.exitCode);
  return document;
}

/** A shipped scenario with one thing changed, as a file of its own. */
function changed(name: string, from: RegExp, to: string): string {
  const text = readFileSync(join(ROOT, 'fixtures/scenarios', `${name}.yaml`), 'utf8');
  expect(text).toMatch(from);
  const file = join(mkdtempSync(join(tmp, 'own-')), `${name}.yaml`);
  writeFileSync(file, text.replace(from, to));
  return file;
}

function failedIds({ checks }: RunDocument): string[] {
  return checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
}

/** Each scenario with the change that takes away what it shows, and the check that must notice. */
const NEGATIVES: [name: string, args: () => string[], failing: string][] = [
  ['stateful', () => ['stateful', '--routing', 'random'], 'repeats-served-by-holder'],
  ['multi-turn', () => ['multi-turn', '--routing', 'round-robin'], 'chats-stay'],
  ['shared-prefix', () => ['shared-prefix', '--routing', 'random'], 'groups-stay'],
  ['hot-spot', () => [changed('hot-spot', /tokens: 256/, 'tokens: 0')], 'no-hot-spot'],
  [
    'cache-pressure',
    () => [changed('cache-pressure', /blocks: 540, tier: \{ chunks: 32 \}/, 'blocks: 5400')],
    'predictions-broken',
  ],
  [
    'controller-down',
    () => [changed('controller-down', / +- \{ event: controller-restart \}\n/, '')],
    'routed-again',
  ],
  [
    'controller-stale',
    () => [changed('controller-stale', /lagMs: 600000/, 'lagMs: 0')],
    'lag-hides-holders',
  ],
  [
    'engine-crash',
    () => [changed('engine-crash', /fallback: true/, 'fallback: false')],
    'no-request-unanswered',
  ],
  [
    'short-prompts',
    () => [
      changed(
        'short-prompts',
        /kind: texts\n +texts: .*\n/,
        'kind: unique\n    promptTokens: 1024\n',
      ),
    ],
    'nothing-cached',
  ],
];

describe('scenarios', () => {
  it('every shipped one has a negative here', () => {
    const files = readdirSync(join(ROOT, 'fixtures/scenarios'));
    expect(NEGATIVES.map(([name]) => `${name}.yaml`).toSorted()).toEqual(files.toSorted());
  });

  it.each(NEGATIVES)('%s passes', async (name) => {
    const document = await run(name);
    const open = document.checks.filter(({ outcome }) => outcome !== 'pass');
    expect(open).toEqual([]);
    expect(document).toMatchObject({ scenario: name, exitCode: 0, workDir: null });
    expect(
      await survivors(
        document.members.map(({ pid }) => pid),
        2_000,
      ),
    ).toEqual([]);
  });

  it.each(NEGATIVES)('%s fails without what it shows', async (_name, args, failing) => {
    const document = await run(...args());
    expect(document.exitCode).toBe(1);
    expect(failedIds(document)).toContain(failing);
    expect(readdirSync(document.workDir!)).toEqual([
      'fleet.log',
      'fleet.yaml',
      'gateway.log',
      'gateway.yaml',
    ]);
  });
});

describe('run with a scenario', () => {
  it('--list shows what each demonstrates and what must come out', async () => {
    const { stdout, code } = await kvcache(['run', '--list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mock +the sample/m);
    expect(stdout).toMatch(/^stateful +\S.*\n {2}\S.*\n {2}Expected: \S/m);
  });

  it('takes seed and policy, tells people on stderr beside --json', async () => {
    const result = await kvcache(['run', 'multi-turn', '--seed', '5', '--json']);
    expect(JSON.parse(result.stdout)).toMatchObject({
      seed: 5,
      routing: 'lookup',
      outcome: 'pass',
    });
    expect(result.stderr).toMatch(/^turns +35 requests; .*engine-b/m);
    expect(result.stderr).toMatch(/^PASS 4 of 4 checks hold/m);
  });

  it('--keep says when all is up, and ends well on TERM', async () => {
    const child = startKvcache(['run', 'multi-turn', '--keep', '--json']);
    let stdout = '';
    const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
    await new Promise<void>((resolve) => {
      child.stdout!.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (stdout.includes('\n')) resolve();
      });
    });
    const ready = JSON.parse(stdout.split('\n')[0]!);
    expect(ready).toMatchObject({ ready: true, controller: { role: 'controller' } });
    expect((await fetch(`${ready.engines[1].url}/health`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(JSON.parse(stdout.trimEnd().split('\n')[1]!)).toMatchObject({ outcome: 'pass' });
    expect(await survivors([ready.gateway.pid, ready.controller.pid], 2_000)).toEqual([]);
  });

  it.each([
    [['run', 'nothing'], 'SCENARIO_UNKNOWN'],
    [['run', 'stateful', '--gateway', 'pixiu'], 'GATEWAY_NOT_FOR_SCENARIO'],
    [['run', 'mock', '--routing', 'random'], 'FLAG_NOT_FOR_SAMPLE'],
  ])('%j is a usage error', async (args, code) => {
    const result = await kvcache(args);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(code);
  });

  it('names the place of a slip', async () => {
    const file = changed('stateful', /order: shuffled/, 'order: shufled');
    const result = await kvcache(['run', file]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/stateful\.yaml:\d+:\d+/);
    expect(result.stderr).toContain('Did you mean shuffled?');
  });
});

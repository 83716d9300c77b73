import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { KvcacheError } from '../../src/base/errors.ts';
import { pollUntil } from '../../src/base/poll.ts';
import type { ChildSpec, Program } from '../../src/supervise/child.ts';
import { readyLine } from '../../src/supervise/child-log.ts';
import { ChildGroup } from '../../src/supervise/group.ts';
import { ROOT } from '../helpers/exec.ts';
import { isAlive, survivors } from '../helpers/processes.ts';

const fixture = (name: string): string => join(ROOT, 'fixtures/children', name);
const node = (name: string): Program => ({ kind: 'node', script: fixture(name), args: [] });
const foreign = (name: string): Program => ({
  kind: 'foreign',
  file: process.execPath,
  args: [fixture(name)],
});

let workDir: string;
let group: ChildGroup;

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'kvcache-test-'));
  group = new ChildGroup(process.execPath, systemClock, new AbortController().signal);
});
afterEach(() => group.stop());

function spec(role: string, program: Program): ChildSpec {
  return {
    role,
    program,
    cwd: workDir,
    env: {},
    logPath: join(workDir, `${role}.log`),
    graceMs: 300,
  };
}

async function ready(logPath: string): Promise<Record<string, unknown>> {
  const line = await pollUntil(() => readyLine(logPath), {
    clock: systemClock,
    deadlineMs: 10_000,
  });
  expect(line).toBeDefined();
  return line!;
}

describe.each([
  ['our own program', node],
  ['a foreign program', foreign],
])('%s', (_kind, program) => {
  it('starts, writes to a private log, and ends on TERM', async () => {
    const [child] = group.start([spec('polite', program('ready.mjs'))]);
    await ready(child!.logPath);
    expect((await stat(child!.logPath)).mode & 0o777).toBe(0o600);
    await group.stop();
    expect(await child!.exited).toEqual({ code: 0, signal: undefined });
    expect(await readFile(child!.logPath, 'utf8')).toContain('got SIGTERM');
    expect(group.signal.aborted).toBe(false);
  });

  it('is killed with its descendants when it does not listen', async () => {
    const [child] = group.start([spec('deaf', program('deaf.mjs'))]);
    const { pid, grandchildPid } = await ready(child!.logPath);
    await group.stop();
    expect(await survivors([child!.pid, pid as number, grandchildPid as number], 1_000)).toEqual(
      [],
    );
  });

  it('that dies early aborts the group with the last lines of its log', async () => {
    const [child] = group.start([spec('dying', program('dying.mjs'))]);
    await once(group.signal, 'abort');
    const error = group.signal.reason as KvcacheError;
    expect(error).toBeInstanceOf(KvcacheError);
    expect([error.code, error.where, error.message]).toEqual([
      'CHILD_DIED',
      child!.logPath,
      'The dying exited with code 7 while it was needed.',
    ]);
    expect(error.details.at(-1)).toBe('cannot open the flux capacitor');
    expect(error.details.at(-2)).toBe('line 30');
  });
});

it('names a foreign program that cannot be started', async () => {
  group.start([spec('ghost', { kind: 'foreign', file: '/no/such/program', args: [] })]);
  await once(group.signal, 'abort');
  const error = group.signal.reason as KvcacheError;
  expect(error.message).toBe('The ghost exited with code 127 while it was needed.');
  expect(error.details.join()).toContain('cannot start /no/such/program');
});

it('stops stages last started first', async () => {
  const [first] = group.start([spec('first', node('ready.mjs'))]);
  await ready(first!.logPath);
  const [second] = group.start([spec('second', node('ready.mjs'))]);
  await ready(second!.logPath);
  const order: string[] = [];
  void first!.exited.then(() => order.push('first'));
  void second!.exited.then(() => order.push('second'));
  await group.stop();
  expect(order).toEqual(['second', 'first']);
});

it('leaves nothing behind when the parent is killed', async () => {
  const parent = spawn(
    process.execPath,
    [
      fixture('parent.mjs'),
      join(ROOT, 'dist/src/supervise'),
      workDir,
      `node:${fixture('ready.mjs')}`,
      `node:${fixture('deaf.mjs')}`,
      `foreign:${fixture('ready.mjs')}`,
      `foreign:${fixture('deaf.mjs')}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const { pids } = JSON.parse(line.toString()) as { pids: number[] };
  expect(pids.filter(isAlive)).toHaveLength(pids.length);
  parent.kill('SIGKILL');
  expect(await survivors(pids, 2_000)).toEqual([]);
});

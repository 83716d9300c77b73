import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finished, ROOT, startKvcache } from '../../helpers/exec.ts';
import { isAlive, survivors } from '../../helpers/processes.ts';

interface Ready {
  controller: { pid: number; url: string };
  engines: { pid: number }[];
  gateway: { pid: number; url: string };
  workDir: string;
}

const KEEP = ['run', 'mock', '--ports', 'auto', '--keep', '--json'];

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', () => reject(new Error('it ended before its first line')));
  });
}

async function keptUp(args: readonly string[] = KEEP) {
  const tmp = mkdtempSync(join(tmpdir(), 'kvcache-e2e-'));
  const child = startKvcache(args, { env: { TMPDIR: tmp } });
  const end = finished(child);
  const ready = JSON.parse(await firstLine(child)) as Ready;
  const pids = [ready.controller.pid, ...ready.engines.map(({ pid }) => pid), ready.gateway.pid];
  return { child, end, ready, pids, tmp };
}

it('--keep --json says what is up, keeps it up, and ends well on Ctrl-C', async () => {
  const { child, end, ready, pids, tmp } = await keptUp();
  expect(new Set(pids.filter(isAlive)).size).toBe(4);
  expect((await fetch(`${ready.controller.url}/health`)).status).toBe(200);
  child.kill('SIGINT');
  const result = await end;
  expect(result.code).toBe(0);
  const lines = result.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[1]!)).toMatchObject({ schema: 'kvcache.run/v1', outcome: 'pass' });
  expect(pids.filter(isAlive)).toEqual([]);
  expect(readdirSync(tmp)).toEqual([]);
});

describe.each([
  ['the embedded gateway', KEEP],
  ['a foreign gateway', [...KEEP, '--gateway', join(ROOT, 'fixtures/children/pixiu-stand-in.mjs')]],
])('with %s', (_which, args) => {
  it('a kept stack does not outlive a CLI killed with SIGKILL', async () => {
    const { child, end, pids } = await keptUp(args);
    child.kill('SIGKILL');
    expect((await end).signal).toBe('SIGKILL');
    expect(await survivors(pids, 2_000)).toEqual([]);
  });
});

it('a backend that dies ends a kept stack with its log', async () => {
  const { end, ready, pids } = await keptUp();
  process.kill(ready.engines[1]!.pid, 'SIGKILL');
  const result = await end;
  expect(result.code).toBe(3);
  expect(result.stderr).toContain('The mock engine B was ended by SIGKILL while it was needed.');
  expect(await survivors(pids, 2_000)).toEqual([]);
});

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
] as const)('%s', (signal, exitCode) => {
  // Spread over start, checks and end; the last may come after the run is over.
  it.each(['mock controller', 'mock engine B', 'embedded gateway'])(
    `right after the %s is up ends everything with ${exitCode}`,
    async (member) => {
      const child = startKvcache(['run', 'mock', '--ports', 'auto', '--keep', '-v']);
      const pids: number[] = [];
      child.stdout!.on('data', (chunk: Buffer) => {
        pids.push(...[...chunk.toString().matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid)));
        if (chunk.toString().includes(member)) child.kill(signal);
      });
      const result = await finished(child);
      expect(pids.length).toBeGreaterThan(0);
      expect(pids.filter(isAlive)).toEqual([]);
      // Told after the last check, a kept stack ends well.
      expect([exitCode, 0]).toContain(result.code);
      if (result.code !== 0) expect(result.stderr).toMatch(/\[(INTERRUPTED|TERMINATED)\]/);
    },
  );
});

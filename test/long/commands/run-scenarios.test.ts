import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kvcache, ROOT, startKvcache } from '../../helpers/exec.ts';
import { changedScenario, runScenario } from '../../helpers/scenarios.ts';
import { survivors } from '../../helpers/processes.ts';

const SHIPPED = readdirSync(join(ROOT, 'fixtures/scenarios')).map((file) =>
  file.replace('.yaml', ''),
);

describe('scenarios', () => {
  it.each(SHIPPED)('%s passes', async (name) => {
    const document = await runScenario(name);
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
    const file = changedScenario('stateful', /order: shuffled/, 'order: shufled');
    const result = await kvcache(['run', file]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/stateful\.yaml:\d+:\d+/);
    expect(result.stderr).toContain('Did you mean shuffled?');
  });
});

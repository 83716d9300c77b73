import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Emission } from '../../../../src/cli/shell/emit/emission.ts';
import { slurmScript } from '../../../../src/cli/shell/emit/slurm.ts';
import { ANALYSIS, emission, SIMULATION, TORTURE } from './emissions.ts';

const run = promisify(execFile);

/** Runs a task after the other, as Slurm would side by side. */
const SRUN = `#!/bin/bash
while [[ $1 == --* ]]; do shift; done
for SLURM_PROCID in 0 1; do export SLURM_PROCID; "$@" || failed=1; done
exit \${failed:-0}
`;

/** Notes how it was called, a call a file. */
const KVCACHE = `#!/bin/bash
printf '%s\\0' "$@" > "$CALLS/\${SLURM_PROCID:-merge}"
for word in "$@"; do case $word in --samples=*|--out=*) : > "\${word#*=}";; esac; done
[[ $1 == report || -z $FAILING ]]
`;

describe('a script for Slurm', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kvcache-slurm-'));
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'calls'));
    for (const [name, text] of [
      ['srun', SRUN],
      ['kvcache', KVCACHE],
    ]) {
      await writeFile(join(folder, 'bin', name!), text!, { mode: 0o700 });
    }
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The calls of kvcache that it makes on a cluster of this shell. */
  async function play(changes: Partial<Emission>, env: Record<string, string> = {}) {
    const script = slurmScript(
      emission({ processes: 2, resultsTo: join(folder, 'results'), ...changes }),
    );
    const path = join(folder, 'job.sh');
    await writeFile(path, script);
    await run('bash', [path], {
      cwd: folder,
      env: {
        PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
        CALLS: join(folder, 'calls'),
        SLURM_JOB_ID: '12345',
        SLURM_NTASKS: '2',
        ...env,
      },
    });
    const calls: Record<string, string[]> = {};
    for (const name of await readdir(join(folder, 'calls'))) {
      const words = await readFile(join(folder, 'calls', name), 'utf8');
      calls[name] = words.split('\0').slice(0, -1);
    }
    return calls;
  }

  it('gives each task its part and merges what they write', async () => {
    const calls = await play({});
    expect(Object.keys(calls).toSorted()).toEqual(['0', '1', 'merge']);
    const run1 = join(folder, 'results', 'm1-1-12345');
    expect(calls['1']).toEqual([
      'load',
      `--config=${run1}.yaml`,
      '--shard=1/2',
      expect.stringMatching(/^--barrier=http:\/\/[^/]+:22345$/),
      '--barrier-listen=0.0.0.0:22345',
      '--barrier-wait=300000ms',
      '--run-id=m1-1-12345',
      `--samples=${run1}.1.ndjson`,
      '--quiet',
    ]);
    expect(calls['merge']).toEqual([
      'report',
      'merge',
      `${run1}.0.ndjson`,
      `${run1}.1.ndjson`,
      '--out',
      run1,
    ]);
  });

  it('gives each its part also where none waits for another', async () => {
    const calls = await play(SIMULATION);
    const run1 = join(folder, 'results', 'm1-1-12345');
    expect(calls['1']).toEqual([
      'simulate',
      `--config=${run1}.yaml`,
      '--shard=1/2',
      `--out=${run1}.1.part`,
      '--quiet',
    ]);
    expect(calls['merge']!.slice(2, 4)).toEqual([`${run1}.0.part`, `${run1}.1.part`]);
  });

  it.each(['/data/traffic.jsonl', ...TORTURE.map((it) => `/data/${it.replaceAll('\0', '')}`)])(
    'gives all of them the file %j',
    async (path) => {
      const calls = await play({ ...ANALYSIS, operand: { path } });
      const run1 = join(folder, 'results', 'm1-1-12345');
      expect(calls['1']).toEqual([
        'prompts',
        'analyze',
        path,
        `--config=${run1}.yaml`,
        '--shard=1/2',
        `--out=${run1}.1.part`,
        '--quiet',
      ]);
      expect(existsSync(join(folder, 'owned')) || existsSync('/tmp/owned')).toBe(false);
    },
  );

  it('merges also when a shard did not pass: the merge says which', async () => {
    expect(Object.keys(await play({}, { FAILING: '1' }))).toContain('merge');
  });

  it.each(TORTURE)('keeps %j in its place', async (text) => {
    const plan = { prompt: text, header: [text], 'run-id': text };
    // No file has a zero in its name.
    const resultsTo = join(folder, text.replaceAll('\0', ''));
    const calls = await play({ plan, idFlag: undefined, resultsTo });
    const config = calls['0']![1]!.slice('--config='.length);
    expect(config.startsWith(resultsTo)).toBe(true);
    expect(parse(await readFile(config, 'utf8'))).toEqual(plan);
    expect(calls['0']!.some((it) => it.startsWith('--run-id'))).toBe(false);
    expect(existsSync(join(folder, 'owned')) || existsSync('/tmp/owned')).toBe(false);
  });
});

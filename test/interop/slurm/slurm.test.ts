import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kvcache, ROOT } from '../../helpers/exec.ts';
import { askedOf, chatOnly } from '../../integration/load-server.ts';
import { type SlurmCluster, slurmMissing, startSlurm } from './slurm-cluster.ts';

const missing = slurmMissing();
if (missing !== undefined) console.warn(`skipped: Slurm: ${missing}`);

const run = promisify(execFile);

interface Merged {
  outcome: string;
  checks: { id: string; outcome: string; evidence: string }[];
  result: { requests: number; shards: { index: number; clock: { boundMs: number } }[] };
}

interface Simulated {
  outcome: string;
  result: { rows: { policy: string; setting: object }[] };
}

describe.skipIf(missing !== undefined)('four shards on two nodes of Slurm', () => {
  let cluster: SlurmCluster;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-slurm-run-'));
    // A task that is to die does so in the middle of its part.
    const program = `exec \${DIES:+$([ "$SLURM_PROCID" = "$DIES" ] && echo timeout -s KILL 6)} "${process.execPath}" "${join(ROOT, 'bin/kvcache.js')}" "$@"`;
    writeFileSync(join(folder, 'kvcache'), `#!/bin/bash\n${program}\n`, { mode: 0o755 });
    cluster = await startSlurm();
  }, 120_000);
  afterAll(async () => {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const plan = (url: string) =>
    `load --url ${url} --model m --run-id same --prompt-tokens 40 --rate 20 --warmup 4 --barrier-wait 60s`.split(
      ' ',
    );

  /** The merged report of the script that `--emit slurm` writes. */
  async function submit<T = Merged>(args: string[], env: Record<string, string> = {}): Promise<T> {
    const results = mkdtempSync(join(folder, 'results-'));
    const emitted = await kvcache([
      ...args,
      '--processes',
      '4',
      '--emit',
      'slurm',
      '--results-to',
      results,
    ]);
    const script = join(results, 'job.sh');
    writeFileSync(script, emitted.stdout);
    const { stdout: job } = await run(
      'sbatch',
      ['--parsable', '--nodes=2', '--output=job.log', script],
      { cwd: results, env: { ...cluster.env, ...env, PATH: `${folder}:${cluster.env['PATH']}` } },
    );
    // `sbatch --wait` would look seldom.
    const state = ['--noheader', '--states=all', '--format=%T', `--jobs=${job.trim()}`];
    const isOver = async () =>
      /^(COMPLETED|FAILED)/.test((await run('squeue', state, { env: cluster.env })).stdout);
    await expect.poll(isOver, { timeout: 200_000, interval: 500 }).toBe(true);
    const merged = readdirSync(results, { withFileTypes: true }).find((it) => it.isDirectory());
    if (!merged) throw new Error(readFileSync(join(results, 'job.log'), 'utf8'));
    return JSON.parse(readFileSync(join(results, merged.name, 'report.json'), 'utf8')) as T;
  }

  it('send the plan of one process, each request once', async () => {
    await using one = await chatOnly();
    await using four = await chatOnly();
    await kvcache([...plan(one.url), '--requests', '60']);
    const { checks, result } = await submit([...plan(four.url), '--requests', '60']);
    expect(askedOf(four)).toEqual(askedOf(one));
    expect(result.requests).toBe(60);
    expect(result.shards.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    // Whether the generators were sound is for the machine to say; all else is ours.
    const own = ['shards-complete', 'shards-of-one-plan', 'plan-whole'];
    expect(checks.filter(({ id }) => own.includes(id)).map((it) => it.outcome)).toEqual([
      'pass',
      'pass',
      'pass',
    ]);
  });

  it('run a sweep to the rows of one process, judged as a whole', async () => {
    const sweep = [
      'simulate',
      ...'--sweep engines=2:4:8 --policy round-robin,prefix --rate 20 --requests 300'.split(' '),
      '--seeds',
      '5',
      '--slo',
      'hit_rate > 99.9%',
    ];
    const { stdout } = await kvcache([...sweep, '--json']);
    const { outcome, rows } = JSON.parse(stdout) as Simulated['result'] & { outcome: string };
    expect(rows).toHaveLength(6);
    const merged = await submit<Simulated>(sweep);
    expect(merged.result.rows).toEqual(rows);
    expect(merged.outcome).toBe(outcome);
    expect(outcome).toBe('fail');
  });

  it('find the breaks that one process finds', async () => {
    const analysis = ['prompts', 'analyze', join(ROOT, 'fixtures/prompts/depot.jsonl')];
    const { stdout } = await kvcache([...analysis, '--json']);
    const { schema: _, outcome, exitCode: __, checks: ___, ...whole } = JSON.parse(stdout);
    const merged = await submit<{ outcome: string; result: object }>(analysis);
    expect(merged.result).toEqual(whole);
    expect(merged.outcome).toBe(outcome);
  });

  it('are invalid by the name of the one that was killed', async () => {
    await using server = await chatOnly();
    const { outcome, checks } = await submit([...plan(server.url), '--duration', '15s'], {
      DIES: '2',
    });
    expect(outcome).toBe('invalid');
    expect(checks.find(({ id }) => id === 'shards-complete')!.evidence).toMatch(
      /^shard 2\/4 .* (was killed|never came)/,
    );
  });
});

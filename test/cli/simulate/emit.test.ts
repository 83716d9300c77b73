import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { simulate } from '../../../src/cli/simulate/action.ts';
import { SIMULATE_FLAGS, type SimulateFlags } from '../../../src/cli/simulate/flags.ts';
import type { CliContext } from '../../../src/cli/shell/context.ts';
import { FileableCommand } from '../../../src/cli/shell/fileable-command.ts';
import { optionsOf } from '../../../src/cli/shell/flag-table.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';

const SWEEP = ['--sweep', 'engines=2:4', '--policy', 'prefix,round-robin', '--requests', '10'];
const SLURM = ['--emit', 'slurm', '--processes', '4'];
const KUBERNETES = ['--emit', 'kubernetes', '--processes', '4', '--results-to', 'claim'];

describe('emitting a simulation', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-emit-'));
    writeFileSync(join(folder, 'mine.mjs'), 'export const policy = { decide: async () => {} };\n');
    writeFileSync(join(folder, 'fast.yaml'), 'base: 8b-h100\nspeedup: 2\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function emit(...args: string[]): Promise<string> {
    const command = new FileableCommand('simulate').exitOverride();
    for (const option of optionsOf(SIMULATE_FLAGS)) command.addOption(option);
    const flags: SimulateFlags = command.parse(args, { from: 'user' }).opts();
    let written = '';
    const stdout = { write: (text: string) => void (written += text) };
    const context = { cwd: folder, env: {}, stdout, clock: new VirtualClock() };
    await simulate(flags, context as unknown as CliContext);
    return written;
  }

  it('writes the plan, files where nodes find them, and no row of its own', async () => {
    const script = await emit(...SWEEP, ...SLURM, '--profile', 'fast.yaml', '--seeds', '2');
    const plan = /<<'END_OF_PLAN'\n(.*)\n/.exec(script)![1]!;
    expect(JSON.parse(plan)).toEqual({
      sweep: 'engines=2:4',
      policy: 'prefix,round-robin',
      requests: 10,
      seeds: 2,
      profile: join(folder, 'fast.yaml'),
    });
  });

  it('carries files to Kubernetes', async () => {
    const manifest = await emit(...SWEEP, ...KUBERNETES, '--profile', 'fast.yaml');
    const [{ data }] = parseAllDocuments(manifest).map((it) => it.toJS() as object) as [
      { data: Record<string, string> },
    ];
    expect(parse(data['run.yaml']!)).toMatchObject({ profile: '/etc/kvcache/profile' });
    expect(data['profile']).toContain('speedup: 2');
  });

  it('lets nodes of Slurm read a policy of ours, which no manifest can carry', async () => {
    const mine = ['--policy', 'prefix,./mine.mjs', '--sweep', 'engines=2:4'];
    expect(await emit(...mine, ...SLURM)).toContain(`"prefix,${join(folder, 'mine.mjs')}"`);
    await expect(emit(...mine, ...KUBERNETES)).rejects.toMatchObject({ code: 'FLAG_INVALID' });
  });

  it.each([
    ['more processes than rows', [...SWEEP, '--emit', 'slurm', '--processes', '5'], /4/],
    ['no number of processes', [...SWEEP, '--emit', 'slurm'], /how many/],
    ['a search', ['--find', 'engines', '--slo', 'hit_rate > 1%', ...SLURM.slice(0, 2)], /search/],
    ['processes that nobody runs', [...SWEEP, '--processes', '2'], /needs --emit/],
    ['results of nobody', [...SWEEP, '--results-to', 'x'], /needs --emit/],
  ])('refuses %s', async (_, args, says) => {
    await expect(emit(...args)).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: expect.stringMatching(says),
    });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { analyze } from '../../../src/cli/prompts/analyze-action.ts';
import { ANALYZE_FLAGS, type AnalyzeFlags } from '../../../src/cli/prompts/flags.ts';
import type { CliContext } from '../../../src/cli/shell/context.ts';
import { FileableCommand } from '../../../src/cli/shell/fileable-command.ts';
import { optionsOf } from '../../../src/cli/shell/flag-table.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';

const SLURM = ['--emit', 'slurm', '--processes', '4'];
const KUBERNETES = ['--emit', 'kubernetes', '--processes', '4', '--results-to', 'claim'];

interface Document {
  data: Record<string, string>;
  spec: { template: { spec: { containers: [{ args: string[] }] } } };
}

describe('emitting an analysis', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-emit-'));
    writeFileSync(join(folder, "it's.jsonl"), '{"prompt":"a"}\n');
    writeFileSync(join(folder, 'fast.yaml'), 'base: 8b-h100\nspeedup: 2\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function emit(file: string, ...args: string[]): Promise<string> {
    const command = new FileableCommand('analyze').exitOverride();
    for (const option of optionsOf(ANALYZE_FLAGS)) command.addOption(option);
    const flags = command.parse(args, { from: 'user' }).opts<Omit<AnalyzeFlags, 'file'>>();
    let written = '';
    const stdout = { write: (text: string) => void (written += text) };
    const context = { cwd: folder, env: {}, stdout, clock: new VirtualClock() };
    await analyze({ ...flags, file }, context as unknown as CliContext);
    return written;
  }

  const documentsOf = (manifest: string): Document[] =>
    parseAllDocuments(manifest).map((it) => it.toJS() as Document);

  it('names to Slurm what nodes read where it lies', async () => {
    const more = ['--tokenizer', 'model', '--profile', 'fast.yaml', '--block-size', '64'];
    const script = await emit("it's.jsonl", ...SLURM, ...more, '--show-text');
    expect(JSON.parse(/<<'END_OF_PLAN'\n(.*)\n/.exec(script)![1]!)).toEqual({
      tokenizer: join(folder, 'model'),
      profile: join(folder, 'fast.yaml'),
      'block-size': 64,
      'show-text': true,
    });
    expect(script).toContain(`export KVCACHE_INPUT='${folder}/it'\\''s.jsonl'\n`);
    expect(script).toContain('#SBATCH --job-name=kvcache-prompts-analyze\n');
  });

  it('carries the file to Kubernetes, or names it where the claim has it', async () => {
    const [plan, job] = documentsOf(
      await emit("it's.jsonl", ...KUBERNETES, '--profile', 'fast.yaml'),
    );
    expect(plan!.data).toMatchObject({ input: '{"prompt":"a"}\n' });
    expect(parse(plan!.data['run.yaml']!)).toEqual({ profile: '/etc/kvcache/profile' });
    const { args } = job!.spec.template.spec.containers[0];
    expect(args.slice(0, 3)).toEqual(['prompts', 'analyze', '/etc/kvcache/input']);
    const there = ['--tokenizer', '/results/model'];
    const [bare, there1] = documentsOf(await emit('/results/big.jsonl', ...KUBERNETES, ...there));
    expect(bare!.data).not.toHaveProperty('input');
    expect(there1!.spec.template.spec.containers[0].args[2]).toBe('/results/big.jsonl');
  });

  it.each([
    ['standard input', '-', SLURM, 'FLAG_INVALID'],
    ['a file that is not there', 'absent.jsonl', SLURM, 'FILE_UNREADABLE'],
    [
      'a tokenizer that no manifest can carry',
      "it's.jsonl",
      [...KUBERNETES, '--tokenizer', './m'],
      'FLAG_INVALID',
    ],
    ['a password', "it's.jsonl", [...SLURM, '--tokenizer', 'http://a:b@c'], 'FLAG_INVALID'],
    ['no number of processes', "it's.jsonl", ['--emit', 'slurm'], 'FLAG_INVALID'],
    ['processes that nobody runs', "it's.jsonl", ['--processes', '2'], 'FLAG_INVALID'],
    ['results of nobody', "it's.jsonl", ['--results-to', 'x'], 'FLAG_INVALID'],
    ['a part that there is not', "it's.jsonl", ['--shard', '4/4'], 'FLAG_INVALID'],
  ])('refuses %s', async (_, file, args, code) => {
    await expect(emit(file, ...args)).rejects.toMatchObject({ code });
  });
});

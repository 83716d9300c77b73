import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read } from '../helpers/documents.ts';
import { kvcache, ROOT } from '../helpers/exec.ts';

const EXAMPLE = 'fixtures/prompts/depot.jsonl';

const run = (args: string, env: Record<string, string> = {}) =>
  kvcache(['prompts', ...args.split(' ')], { cwd: ROOT, env });

/** What a guide says a command prints. */
function shownIn(guide: string): string[] {
  return [...read(guide).matchAll(/^```text\n([^]*?)^```/gm)].map(([, block]) => block!);
}

describe('kvcache prompts', () => {
  it('prints of the example what both guides show', async () => {
    const analysis = await run(`analyze ${EXAMPLE}`);
    const difference = await run(`diff ${EXAMPLE}:1 ${EXAMPLE}:4`);
    expect([analysis.code, difference.code]).toEqual([0, 0]);
    for (const guide of ['docs/guides/prompts.md', 'docs/guides/prompts_zh.md']) {
      expect(shownIn(guide)).toEqual([analysis.stdout, difference.stdout]);
    }
  });

  it('fails the gate of the guide, at the lines of the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kvcache-prompts-'));
    const summary = join(folder, 'summary.md');
    const { code, stdout } = await run(
      `gate ${EXAMPLE} --min-reuse 85% --max-break any=0 --reporter github,junit=${folder}/junit.xml`,
      { GITHUB_STEP_SUMMARY: summary },
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^::error title=fail%3A min-reuse::/m);
    expect(stdout).toMatch(
      /^::warning file=fixtures\/prompts\/depot\.jsonl,line=2,title=break%3A time::request 2 could/m,
    );
    expect(await readFile(summary, 'utf8')).toMatch(/FAIL/);
    expect(await readFile(join(folder, 'junit.xml'), 'utf8')).toMatch(/failures="2"/);
  });

  it('passes against itself, refuses an unknown class, and knows when it knows nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kvcache-prompts-'));
    const alone = join(folder, 'alone.jsonl');
    await writeFile(alone, '{"prompt":"one prompt only"}\n');
    const [same, unknown, single] = await Promise.all([
      run(`gate ${EXAMPLE} --baseline ${EXAMPLE}`),
      run(`gate ${EXAMPLE} --max-break weather=3`),
      run(`gate ${alone} --min-reuse 1%`),
    ]);
    expect([same.code, unknown.code, single.code]).toEqual([0, 2, 4]);
    expect(unknown.stderr).toContain('FLAG_INVALID');
  });

  it('gives in shards, merged in any order, what one process gives', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kvcache-prompts-'));
    const settings = join(folder, 'run.yaml');
    await writeFile(settings, 'profile: 8b-h100\nblock-size: 32\n');
    const whole = await run(`analyze ${EXAMPLE} --config ${settings} --json`);
    const parts = [0, 1, 2].map((it) => join(folder, `${it}.part`));
    const codes = await Promise.all(
      parts.map((out, it) =>
        run(`analyze ${EXAMPLE} --config ${settings} --shard ${it}/3 --out ${out} --quiet`),
      ),
    );
    const merge = (...shards: string[]) => kvcache(['report', 'merge', ...shards, '--json']);
    const united = await merge(...parts.toReversed());
    expect([...codes, whole, united].map((it) => it.code)).toEqual([0, 0, 0, 0, 0]);
    const { schema: _, outcome, exitCode, checks, ...result } = JSON.parse(whole.stdout);
    expect(result.breaks.cost.profile).toBe('8b-h100');
    expect(JSON.parse(united.stdout)).toMatchObject({ outcome, exitCode, checks });
    expect(JSON.parse(united.stdout).result).toEqual(result);
    const lacking = await merge(parts[0]!, parts[2]!);
    expect([lacking.code, lacking.stderr]).toEqual([2, expect.stringMatching(/missing: 1\./)]);
  });

  it('says that a trace of ids has nothing to cut', async () => {
    const { code, stderr } = await run('analyze fixtures/traces/agents.jsonl --shard 0/2');
    expect([code, stderr]).toEqual([2, expect.stringContaining('tells nothing of those')]);
  });

  it('reads standard input, and says on which line a file is broken', async () => {
    const text = await readFile(join(ROOT, EXAMPLE), 'utf8');
    const piped = await kvcache(['prompts', 'analyze', '-', '--json'], { cwd: ROOT, input: text });
    expect(JSON.parse(piped.stdout)).toMatchObject({
      schema: 'kvcache.prompts/v1',
      outcome: 'pass',
      source: '-',
      requests: 12,
    });
    const torn = await kvcache(['prompts', 'analyze', '-'], {
      cwd: ROOT,
      input: text.replace('"model":"depot-8b","tools":[{"type":"function"', '"model":"depot'),
    });
    expect(torn.code).toBe(2);
    expect(torn.stderr).toContain('-:1');
  });
});

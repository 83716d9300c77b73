import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examplesOf, timeless } from '../helpers/documents.ts';
import { finished, kvcache, ROOT, startKvcache } from '../helpers/exec.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const GUIDES = ['docs/guides/simulate.md', 'docs/guides/simulate_zh.md'];

describe('the guide to simulations', () => {
  it.each(examplesOf(GUIDES[0]!))(
    'shows what $args.10 $args.11 prints',
    async ({ args, output }) => {
      const { code, stdout, stderr } = await kvcache(args, { cwd: ROOT });
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
      expect(timeless(stdout)).toBe(timeless(output));
    },
  );

  it('shows the same in both languages', () => {
    expect(examplesOf(GUIDES[0]!)).toHaveLength(2);
    expect(examplesOf(GUIDES[1]!)).toEqual(examplesOf(GUIDES[0]!));
  });
});

describe('kvcache simulate', () => {
  it('searches the fewest engines, and says with its exit code that there are none', async () => {
    const { code, stdout } = await kvcache(
      [
        ...'simulate --trace fixtures/traces/agents.jsonl --policy prefix --engines 2'.split(' '),
        '--json',
        '--requests',
        '30',
        '--slo',
        'ttft.p50 < 1ms',
        '--find',
        'engines',
      ],
      { cwd: ROOT },
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'kvcache.simulate/v1',
      outcome: 'fail',
      found: [{ policy: 'prefix', value: null }],
      rows: [{ setting: { engines: 1 } }, { setting: { engines: 2 } }],
    });
  });

  it('gives in shards, merged in any order, what one process gives', async () => {
    const args = [
      'simulate',
      ...'--trace fixtures/traces/agents.jsonl --requests 8 --policy prefix,oracle,random'.split(
        ' ',
      ),
      ...'--slo ttft.p95<3s --quiet'.split(' '),
    ];
    const out = (name: string): string => join(folder, `${name}.json`);
    const run = async (name: string, ...more: string[]): Promise<void> => {
      const reporter = `json=${out(name)}`;
      expect((await kvcache([...args, ...more, '--reporter', reporter])).code).toBe(0);
    };
    await run('whole');
    await run('0', '--shard', '0/2');
    await run('1', '--shard', '1/2');
    const merge = ['report', 'merge', out('1'), out('0'), '--json', '--quiet'];
    const { code, stdout } = await kvcache(merge);
    const whole = JSON.parse(readFileSync(out('whole'), 'utf8'));
    const { durationMs: _, startedAt: __, ...merged } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(whole).toMatchObject(merged);
    expect(merged.result.rows).toHaveLength(3);
    expect(merged.checks).toHaveLength(1);
  });

  it('reports the seeds that are done, and that it is partial, when it is stopped', async () => {
    const child = startKvcache(
      'simulate --trace fixtures/traces/agents.jsonl --seeds 10000 --policy random,prefix --json'.split(
        ' ',
      ),
      { cwd: ROOT },
    );
    const ended = finished(child);
    // The first line of progress: it is at work.
    await new Promise((resolve) => child.stderr!.once('data', resolve));
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    const document = JSON.parse(stdout);
    expect([code, document.exitCode, document.isPartial]).toEqual([130, 130, true]);
    expect(document.rows).toHaveLength(1);
    expect(document.rows[0].seeds).toBeGreaterThan(0);
    expect(document.rows[0].seeds).toBeLessThan(10_000);
  });

  it.each([
    [['--policy', 'nearest'], 'POLICY_UNKNOWN'],
    [['--events', '5s:burn=engine-a'], 'FLEET_EVENT_INVALID'],
    [['--routing', 'load_weight=3'], 'ROUTING_INVALID'],
    [['--sweep', 'engines=0'], 'FLAG_INVALID'],
    [['--shard', '4/4'], 'FLAG_INVALID'],
    [['--find', 'engines'], 'FLAG_INVALID'],
    [['--slo', 'ttft.p95 < 500'], 'THRESHOLD_INVALID'],
  ])('refuses %j before anything runs', async (flags, code) => {
    const result = await kvcache(['simulate', '--workload', 'unique', ...flags], { cwd: ROOT });
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(code)]);
  });
});

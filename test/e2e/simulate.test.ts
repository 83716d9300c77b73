import { describe, expect, it } from 'vitest';
import { read } from '../helpers/documents.ts';
import { kvcache, ROOT } from '../helpers/exec.ts';

/** Commands of a guide with the output that stands below each. */
function shown(file: string): { args: string[]; output: string }[] {
  const blocks = read(file).matchAll(/^```\n\$ npx kvcache (.+)\n```\n\n```text\n([^]*?)^```/gm);
  return [...blocks].map(([, line, output]) => ({ args: line!.split(' '), output: output! }));
}

const GUIDES = ['docs/guides/simulate.md', 'docs/guides/simulate_zh.md'];

describe('the guide to simulations', () => {
  it.each(shown(GUIDES[0]!))('shows what $args.10 $args.11 prints', async ({ args, output }) => {
    const { code, stdout, stderr } = await kvcache(args, { cwd: ROOT });
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    // The verdict tells how long it took.
    const lines = stdout.split('\n').filter((line) => !line.startsWith('PASS'));
    expect(
      lines
        .join('\n')
        .replaceAll(/\n{3,}/g, '\n\n')
        .trim(),
    ).toBe(output.trim());
  });

  it('shows the same in both languages', () => {
    expect(shown(GUIDES[0]!)).toHaveLength(2);
    expect(shown(GUIDES[1]!)).toEqual(shown(GUIDES[0]!));
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

  it.each([
    [['--policy', 'nearest'], 'POLICY_UNKNOWN'],
    [['--events', '5s:burn=engine-a'], 'FLEET_EVENT_INVALID'],
    [['--routing', 'load_weight=3'], 'ROUTING_INVALID'],
    [['--sweep', 'engines=0'], 'FLAG_INVALID'],
    [['--find', 'engines'], 'FLAG_INVALID'],
    [['--slo', 'ttft.p95 < 500'], 'THRESHOLD_INVALID'],
  ])('refuses %j before anything runs', async (flags, code) => {
    const result = await kvcache(['simulate', '--workload', 'unique', ...flags], { cwd: ROOT });
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(code)]);
  });
});

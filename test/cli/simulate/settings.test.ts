import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { SIMULATE_FLAGS, type SimulateFlags } from '../../../src/cli/simulate/flags.ts';
import { simulateSettings } from '../../../src/cli/simulate/settings.ts';
import { workloadText } from '../../../src/cli/simulate/text.ts';
import { optionsOf } from '../../../src/cli/shell/flag-table.ts';

const cwd = mkdtempSync(join(tmpdir(), 'simulate-settings-'));

const row = { input_length: 512, output_length: 1, hash_ids: [1] };
const FILES = {
  'open.jsonl': [0, 500, 700, 1_500].map((timestamp) => ({ ...row, timestamp })),
  'once.jsonl': [0, 0].map((timestamp) => ({ ...row, timestamp })),
  'turns.jsonl': [0, 900].map((timestamp) => ({ ...row, timestamp, session_id: 'a' })),
};
for (const [name, rows] of Object.entries(FILES)) {
  writeFileSync(join(cwd, name), rows.map((it) => JSON.stringify(it)).join('\n'));
}

function flagsOf(line: string): SimulateFlags {
  const command = new Command('simulate').exitOverride().configureOutput({ writeErr: () => {} });
  for (const option of optionsOf(SIMULATE_FLAGS)) command.addOption(option);
  const args = line.split(' ').map((it) => it.replace('~', ' < '));
  return command.parse(args, { from: 'user' }).opts();
}

const settingsOf = (line: string) => simulateSettings(flagsOf(line), { cwd, env: {} });

describe('a rate of ours', () => {
  it.each([
    ['--trace turns.jsonl --find rate --slo ttft.p95~1s', /--find engines, or --sweep speed/],
    ['--trace turns.jsonl --sweep rate=1:2', /--find engines, or --sweep speed/],
    ['--trace once.jsonl --find rate --slo ttft.p95~1s', /all rows .* at once/i],
    ['--workload chat --find rate --slo ttft.p95~1s', /--workload shared-prefix/],
    ['--workload mixed --mix chat=1,unique=1 --find rate --slo ttft.p95~1s', /shared-prefix/],
    ['--workload unique --concurrency 4 --sweep rate=1:2', /--concurrency/],
    ['--trace open.jsonl --sweep rate=1:2,speed=1:2', /the one or the other/],
    ['--workload unique --sweep speed=1:2', /only a trace/i],
    ['--workload unique --find rate --slo hit_rate~50%', /ttft\.p50/],
  ])('is refused where nothing would come at it: %s', async (line, remedy) => {
    await expect(settingsOf(line)).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      remedy: expect.stringMatching(remedy),
    });
  });

  it('scales the arrivals of a trace, all alike', async () => {
    const { plan } = await settingsOf('--trace open.jsonl --find rate --slo ttft.p95~1s');
    const timesAt = async (rate: number) =>
      (await plan.workloadOf({ rate }, 1)).requests.map(({ atMs }) => atMs);
    // Three gaps in 1.5 s.
    expect(await timesAt(2)).toEqual([0, 500, 700, 1_500]);
    expect(await timesAt(8)).toEqual([0, 125, 175, 375]);
  });

  it('is that of the requests which are asked, where they are fewer', async () => {
    const { plan } = await settingsOf('--trace open.jsonl --requests 2 --sweep rate=4');
    const { requests } = await plan.workloadOf({ rate: 4 }, 1);
    expect(requests.map(({ atMs }) => atMs)).toEqual([0, 250]);
  });

  it('is told as such', async () => {
    for (const more of ['--find rate --slo ttft.p95~1s', '--sweep rate=1:2']) {
      const flags = flagsOf(`--trace open.jsonl ${more}`);
      const settings = await simulateSettings(flags, { cwd, env: {} });
      expect(workloadText(flags, settings)).toMatch(/4 requests, arrivals scaled to each rate$/);
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asciiJson } from '../../../src/cli/shell/emit/emission.ts';
import { LOAD_FLAGS, LOAD_PLAN, type LoadFlags } from '../../../src/cli/load/flags.ts';
import { planFile } from '../../../src/cli/shell/plan-file.ts';
import { FileableCommand, fileOption } from '../../../src/cli/shell/fileable-command.ts';
import { optionsOf } from '../../../src/cli/shell/flag-table.ts';
import { fillFromFile } from '../../../src/cli/shell/run-file.ts';
import { TORTURE } from './emit/emissions.ts';

describe('a plan in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-plan-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function parse(args: readonly string[]): LoadFlags {
    const command = new FileableCommand('load').exitOverride();
    command.configureOutput({ writeErr: () => {} });
    for (const option of [...optionsOf(LOAD_FLAGS), fileOption()]) command.addOption(option);
    command.fill = () => fillFromFile({ command, table: LOAD_FLAGS }, { cwd: folder, env: {} });
    return command.parse([...args], { from: 'user' }).opts();
  }

  it.each([
    [['--rate', '2.5', '--duration', '1.5s', '--no-stream', '--insecure']],
    [['--stages', '30s:10,60s:40', '--threshold', 'ttft.p95 < 1s', '--threshold', 'rate > 1']],
    [['--concurrency', '8', '--requests', '100', '--max-error-rate', '10%', '--timeout', '90s']],
    [['--workload', 'mixed', '--mix', 'unique=0.3,chat=0.7', '--seed', '7', '--warmup', '0']],
    [['--trace', 'a trace.jsonl', '--speed', '0.5', '--tokens-per-id', '16', '--run-id', 'yes']],
    [['--header', 'Host: a', '--header', 'X-B: "c"', '--api-key-env', 'KEY', '--model', '0x10']],
    ...TORTURE.map((text) => [['--workload', 'fixed', '--prompt', text, '--run-id', text]]),
  ])('is the plan of the command line: %j', (args) => {
    const given = parse(['--url', 'http://x', ...args]);
    writeFileSync(join(folder, 'run.yaml'), asciiJson(planFile(LOAD_PLAN, { ...given })));
    const {
      config: _,
      fromFile: __,
      ...read
    } = parse(['--config', 'run.yaml']) as LoadFlags & {
      config: string;
      fromFile: unknown;
    };
    expect(read).toEqual(given);
  });

  it('leaves to each process what is its own', () => {
    const shards = ['--processes', '4', '--samples', 'a.ndjson'];
    const plan = planFile(LOAD_PLAN, { ...parse(['--url', 'http://x', ...shards]) });
    expect(plan).toEqual({ url: 'http://x' });
  });
});

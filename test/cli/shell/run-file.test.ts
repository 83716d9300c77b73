import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCommand } from '../../../src/cli/load/command.ts';
import type { RunAction } from '../../../src/cli/shell/action.ts';
import { FileableCommand } from '../../../src/cli/shell/fileable-command.ts';
import { fillFromFile } from '../../../src/cli/shell/run-file.ts';
import { verifyCommand } from '../../../src/cli/verify/command.ts';
import { resolveTargets } from '../../../src/target/settings.ts';

const cwd = mkdtempSync(join(tmpdir(), 'run-file-'));

/** The flags that the action would get. */
async function flagsOf(
  describeFlags: (command: FileableCommand, run: RunAction) => void,
  text: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<Record<string, unknown>> {
  writeFileSync(join(cwd, 'run.yaml'), text);
  let flags = {};
  const command = new FileableCommand();
  describeFlags(command, async (_, options) => void (flags = options));
  const table = command.table!;
  command.fill = () => fillFromFile({ command, table }, { cwd, env });
  command.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(['--config', 'run.yaml', ...args], { from: 'user' });
  return flags;
}

describe('flags of load from a file', () => {
  it('are read as on the command line, the one that must be there too', async () => {
    const text =
      'url: http://gw:1\nrate: 20\nduration: 30s\nno-stream: true\nthreshold: ["ttft.p95 < 1s"]\nquiet: true\nmax-error-rate: 2%\n';
    expect(await flagsOf(loadCommand, text)).toMatchObject({
      url: 'http://gw:1',
      rate: 20,
      duration: 30_000,
      stream: false,
      threshold: ['ttft.p95 < 1s'],
      quiet: true,
      maxErrorRate: 0.02,
    });
  });

  it('are beaten by the command line, with all that it excludes', async () => {
    const text = 'url: http://gw:1\nrate: 20\nseed: 3\nthreshold: [rate > 1]\nno-stream: false\n';
    const args = ['--concurrency', '4', '--seed', '7', '--threshold', 'rate > 2'];
    const flags = await flagsOf(loadCommand, text, { args });
    expect(flags).toMatchObject({ concurrency: 4, seed: 7, threshold: ['rate > 2'] });
    expect(flags['rate']).toBeUndefined();
    expect(flags['stream']).not.toBe(false);
  });

  it.each([
    ['url: http://gw:1\nconcurency: 4\n', /unknown key "concurency".*concurrency/, 'run.yaml:2:1'],
    ['url: http://gw:1\nrate: many\n', /rate must be a number/, 'run.yaml:2:7'],
    ['url: http://gw:1\nworkload: uniq\n', /workload must be/, 'run.yaml:2:11'],
    ['- url\n', /a run must be a map/, 'run.yaml:1:1'],
    ['config: other.yaml\n', /unknown key "config"/, 'run.yaml:1:1'],
    ['threshold: rate > 1\n', /threshold must be a list/, 'run.yaml:1:12'],
  ])('%j is refused', async (text, message, where) => {
    const wrong = { code: 'RUN_FILE_INVALID', kind: 'usage', where };
    await expect(flagsOf(loadCommand, text)).rejects.toMatchObject(wrong);
    await expect(flagsOf(loadCommand, text)).rejects.toThrow(message);
  });

  it('that exclude each other are refused as on the command line', async () => {
    const text = 'url: http://gw:1\nrate: 20\nconcurrency: 4\n';
    await expect(flagsOf(loadCommand, text)).rejects.toThrow(/cannot be used with/);
  });

  it('may be none', async () => {
    expect(
      await flagsOf(loadCommand, '# nothing yet\n', { args: ['--url', 'http://x'] }),
    ).toMatchObject({
      url: 'http://x',
    });
  });
});

describe('flags of verify from a file', () => {
  const text =
    'vllm: [http://a:1, http://b:1]\nmodel: filed\nmargin: 5%\nlisten-port: 0\nquick: true\n';

  it('are told with their place', async () => {
    const flags = await flagsOf(verifyCommand, text);
    expect(flags).toMatchObject({ quick: true, margin: '5%' });
    const { targets, sources } = resolveTargets(flags as Record<string, string>, {});
    expect(targets.engines.map(({ url }) => url)).toEqual(['http://a:1', 'http://b:1']);
    const model = { name: '--model', value: 'filed', source: 'run.yaml:2:1' };
    expect(sources).toContainEqual(model);
  });

  it('are beaten by a variable', async () => {
    const env = { MODEL_NAME: 'from-env' };
    const flags = await flagsOf(verifyCommand, text, { env });
    expect(resolveTargets(flags as Record<string, string>, env).targets.model).toBe('from-env');
  });
});

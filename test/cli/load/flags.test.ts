import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { comparableFlags, LOAD_FLAGS, type LoadFlags } from '../../../src/cli/load/flags.ts';
import { optionsOf } from '../../../src/cli/shell/flag-table.ts';

/** The flags of a call as the action gets them. */
function flagsOf(...args: string[]): LoadFlags {
  const command = new Command('load').exitOverride().configureOutput({ writeErr: () => {} });
  for (const option of optionsOf(LOAD_FLAGS)) command.addOption(option);
  return command.parse(['--url', 'http://x', ...args], { from: 'user' }).opts();
}

describe('the flags of load', () => {
  it('have the values and the defaults that their rows describe', () => {
    const given = ['--rate', '2.5', '--max-error-rate', '10%', '--timeout', '3s', '--no-stream'];
    expect(flagsOf(...given, '--threshold', 'a', '--threshold', 'b')).toMatchObject({
      rate: 2.5,
      maxErrorRate: 0.1,
      timeout: 3_000,
      stream: false,
      threshold: ['a', 'b'],
      maxTokens: 16,
      workload: 'unique',
    });
  });

  it.each([
    [['--rate', '0'], 'NUMBER_INVALID', '--rate must be a number above 0, not 0.'],
    [['--groups', 'many'], 'NUMBER_INVALID', 'from 1 to 100000000, not "many".'],
    [['--timeout', '5'], 'DURATION_INVALID', '--timeout must be a duration with its unit'],
    [['--max-error-rate', '101%'], 'FLAG_INVALID', 'must be a share from 0 to 1'],
    [['--workload', 'chatt'], 'FLAG_INVALID', 'Did you mean chat?'],
  ])('%j is refused with %s', (args, code, message) => {
    expect(() => flagsOf(...args)).toThrow(
      expect.objectContaining({ kind: 'usage', code, message: expect.stringContaining(message) }),
    );
  });

  it('that exclude each other are refused', () => {
    expect(() => flagsOf('--rate', '1', '--concurrency', '2')).toThrow(/cannot be used with/);
  });
});

describe('what makes two runs comparable', () => {
  it.each([
    ['the prompts of another file', ['--workload', 'file', '--file', 'a'], ['--file', 'b']],
    ['another prompt', ['--prompt', 'a'], ['--prompt', 'b']],
    ['other bounds on connections', [], ['--max-in-flight', '8']],
  ])('differs for %s', (_what, base, more) => {
    expect(comparableFlags(flagsOf(...base, ...more))).not.toEqual(
      comparableFlags(flagsOf(...base)),
    );
  });

  it('counts every flag but addresses, lengths of the run, seeds and what is made of it', () => {
    const counted = Object.keys(comparableFlags(flagsOf()));
    expect(Object.keys(LOAD_FLAGS).filter((name) => !counted.includes(name))).toEqual([
      'url',
      'model',
      'apiKeyEnv',
      'header',
      'cacert',
      'insecure',
      'tokenizeUrl',
      'requests',
      'duration',
      'warmup',
      'maxErrorRate',
      'seed',
      'runId',
      'samples',
      'threshold',
      'processes',
      'emit',
      'image',
      'resultsTo',
      'shard',
      'startAt',
      'barrier',
      'barrierListen',
      'barrierWait',
    ]);
  });
});

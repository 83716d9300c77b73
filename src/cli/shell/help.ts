import type { Command, Option } from 'commander';
import { ExitCode } from './exit-codes.ts';

const MEANINGS: Readonly<Record<ExitCode, string>> = {
  [ExitCode.pass]: 'everything asked for holds',
  [ExitCode.checkFailed]: 'a check or a threshold failed',
  [ExitCode.usage]: 'the command line, the environment or a config is wrong',
  [ExitCode.targetUnreachable]: 'a target could not be reached or started',
  [ExitCode.inconclusive]: 'the evidence decides nothing; not a pass',
  [ExitCode.runInvalid]: 'the run itself cannot be trusted',
  [ExitCode.internal]: 'a bug in kvcache; please report it',
  [ExitCode.interrupted]: 'stopped by Ctrl-C',
  [ExitCode.terminated]: 'stopped by SIGTERM',
};

/** Of commands that serve until they are stopped, where those differ. */
const WHEN_SERVING: Readonly<Partial<Record<ExitCode, string>>> = {
  [ExitCode.pass]: 'served until asked to stop',
  [ExitCode.interrupted]: 'cut short by a second Ctrl-C',
  [ExitCode.terminated]: 'cut short by a second SIGTERM',
};
const SERVING: ReadonlySet<string> = new Set([
  'gateway start',
  'mock up',
  'mock controller',
  'mock engine',
]);

/** Commands that judge nothing end in fewer ways. */
const WITHOUT_VERDICT = [ExitCode.checkFailed, ExitCode.inconclusive, ExitCode.runInvalid];
const ONLY_READS: readonly ExitCode[] = [...WITHOUT_VERDICT, ExitCode.targetUnreachable];
const NEVER: Readonly<Record<string, readonly ExitCode[]>> = {
  'gateway start': WITHOUT_VERDICT,
  'gateway explain': WITHOUT_VERDICT,
  'mock up': WITHOUT_VERDICT,
  'mock controller': WITHOUT_VERDICT,
  'mock engine': WITHOUT_VERDICT,
  'config render': ONLY_READS,
  'config init': ONLY_READS,
  'config schema': ONLY_READS,
  'config validate': [ExitCode.inconclusive, ExitCode.runInvalid, ExitCode.targetUnreachable],
  completion: ONLY_READS,
};

/** What every command's help has in common: how values are written, and how the command may end. */
export function finishHelp(program: Command, path = ''): void {
  program.configureHelp({ optionDescription });
  if (program.commands.length === 0) program.addHelpText('after', exitCodeText(path));
  for (const command of program.commands) finishHelp(command, `${path} ${command.name()}`.trim());
}

function exitCodeText(path: string): string {
  const meanings = SERVING.has(path) ? { ...MEANINGS, ...WHEN_SERVING } : MEANINGS;
  const lines = Object.values(ExitCode)
    .filter((code) => !NEVER[path]?.includes(code))
    .map((code) => `  ${String(code).padEnd(4)} ${meanings[code]}`);
  return `\nExit codes:\n${lines.join('\n')}`;
}

/**
 * Choices, default and variable of a flag. Unlike commander's own this one shows a default that is
 * described but has no value, and quotes nothing.
 */
function optionDescription(option: Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription, envVar } = option;
  const takesValue = option.required || option.optional;
  const given = defaultValueDescription ?? (takesValue ? defaultValue : undefined);
  const extra = [
    argChoices ? `one of ${argChoices.join(', ')}` : '',
    given === undefined ? '' : `default: ${String(given)}`,
    envVar === undefined ? '' : `env: ${envVar}`,
  ].filter(Boolean);
  return extra.length === 0 ? description : `${description} (${extra.join('; ')})`;
}

import { type Command, Help, type Option } from 'commander';
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

interface Ending {
  never: readonly ExitCode[];
  /** Meanings that differ from the usual ones. */
  meanings?: Readonly<Partial<Record<ExitCode, string>>>;
}

const WITHOUT_VERDICT = [ExitCode.checkFailed, ExitCode.inconclusive, ExitCode.runInvalid];

/** What commands do that do not judge a deployment: they end in fewer ways. */
const ENDINGS = {
  serves: {
    never: WITHOUT_VERDICT,
    meanings: {
      [ExitCode.pass]: 'served until asked to stop',
      [ExitCode.interrupted]: 'cut short by a second Ctrl-C',
      [ExitCode.terminated]: 'cut short by a second SIGTERM',
    },
  },
  asks: { never: WITHOUT_VERDICT },
  writes: { never: [...WITHOUT_VERDICT, ExitCode.targetUnreachable] },
  lints: { never: [ExitCode.inconclusive, ExitCode.runInvalid, ExitCode.targetUnreachable] },
} as const satisfies Record<string, Ending>;

const endings = new WeakMap<Command, Ending>();

/** For a command that does not judge: its help has the exit codes of what it does. */
export function commandThat(does: keyof typeof ENDINGS, command: Command): Command {
  endings.set(command, ENDINGS[does]);
  return command;
}

/** What every command's help has in common: how values are written, and how the command may end. */
export function finishHelp(program: Command): void {
  program.configureHelp({ optionDescription, subcommandTerm });
  if (program.commands.length === 0) program.addHelpText('after', exitCodeText(program));
  for (const command of program.commands) finishHelp(command);
}

function exitCodeText(command: Command): string {
  const { never, meanings }: Ending = endings.get(command) ?? { never: [] };
  const lines = Object.values(ExitCode)
    .filter((code) => !never.includes(code))
    .map((code) => `  ${String(code).padEnd(4)} ${meanings?.[code] ?? MEANINGS[code]}`);
  return `\nExit codes:\n${lines.join('\n')}`;
}

/** The program's own list has names alone: what a command takes is known once it is asked for. */
function subcommandTerm(command: Command): string {
  return command.parent?.parent ? new Help().subcommandTerm(command) : command.name();
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

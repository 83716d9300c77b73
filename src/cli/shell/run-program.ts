import { type Command, CommanderError } from 'commander';
import { printableLines } from '../../base/printable.ts';
import type { RunAction } from './action.ts';
import type { CliContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { FileableCommand } from './fileable-command.ts';
import { buildProgram } from './program.ts';

/** Help does without it. */
export const errorReport = () => import('./error-report.ts');

/** Parses the arguments, runs one command, and returns the exit code. Never throws. */
export async function runProgram(context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.pass;
  const runAction: RunAction = async (load, options) => {
    // What a command leaves no file handle for must be there before.
    await errorReport();
    const action = await load();
    exitCode = await action(options, context);
  };
  const program = await buildProgram(context.programName, runAction, context.args);
  // `report` and `report merge` share flags: those behind a command's name are its own.
  program.enablePositionalOptions();
  program.exitOverride().configureOutput({
    writeOut: (text) => context.stdout.write(text),
    writeErr: (text) => context.stderr.write(printableLines(text)),
    // Told in the form of every other error.
    outputError: () => {},
  });
  passSettingsDown(program);
  fillFrom(program, context);
  const called = calledIn(program, context.args);
  try {
    await program.parseAsync(meantArgs(program, context.args), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end in an exception too, with exit code 0.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return ExitCode.pass;
      // Help that nobody asked for: of a command that is nothing without another word.
      const told =
        error.code === 'commander.help' ? 'a command or an argument is missing' : error.message;
      return (await errorReport()).reportUsage(told, called, context);
    }
    return (await errorReport()).reportError(error, context);
  }
}

/** A command's flags may stand in a file; it is read when the command is about to be. */
function fillFrom(parent: Command, context: CliContext): void {
  if (parent.commands.length === 0 || !context.args.some((it) => it.startsWith('--config'))) return;
  parent.hook('preSubcommand', async (_, command) => {
    if (!(command instanceof FileableCommand) || !command.table) return;
    const { table } = command;
    const { fillFromFile } = await import('./run-file.ts');
    command.fill = () => fillFromFile({ command, table }, context);
  });
  for (const command of parent.commands) fillFrom(command, context);
}

/** commander shows the whole help for a topic that it does not know, and offers `verify` for `version`. */
function meantArgs(program: Command, args: readonly string[]): string[] {
  const [first, topic] = args;
  if (args.length === 1 && first === 'version') return ['--version'];
  const isTopic = program.commands.some((it) => it.name() === topic);
  return first === 'help' && topic !== undefined && !isTopic ? [topic] : [...args];
}

/** The words of the arguments that name commands: `report compare`. */
function calledIn(program: Command, args: readonly string[]): string[] {
  const [first, ...more] = args;
  const found = program.commands.find((it) => it.name() === first);
  return found ? [found.name(), ...calledIn(found, more)] : [];
}

/** Commands made apart know nothing of the program's error handling, nor do theirs. */
function passSettingsDown(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    passSettingsDown(command);
  }
}

import { type Command, CommanderError } from 'commander';
import { printableLines } from '../../base/printable.ts';
import type { Action, RunAction } from './action.ts';
import type { CliContext } from './context.ts';
import { reportError, reportUsage } from './error-report.ts';
import { ExitCode } from './exit-codes.ts';
import { buildProgram } from './program.ts';

/** Parses the arguments, runs one command, and returns the exit code. Never throws. */
export async function runProgram(context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.pass;
  const runAction: RunAction = async (load, options) => {
    const action: Action<typeof options> = await load();
    exitCode = await action(options, context);
  };
  const program = buildProgram(context.programName, runAction);
  // `report` and `report merge` share flags: those behind a command's name are its own.
  program.enablePositionalOptions();
  program.exitOverride().configureOutput({
    writeOut: (text) => context.stdout.write(text),
    writeErr: (text) => context.stderr.write(printableLines(text)),
    // Told in the form of every other error.
    outputError: () => {},
  });
  passSettingsDown(program);
  const called = calledIn(program, context.args);
  const [first, topic] = context.args;
  if (
    first === 'help' &&
    topic !== undefined &&
    !program.commands.some((it) => it.name() === topic)
  ) {
    return reportUsage(`unknown command '${topic}'`, called, context);
  }
  try {
    await program.parseAsync([...context.args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end in an exception too, with exit code 0.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return ExitCode.pass;
      // Help that nobody asked for: of a command that is nothing without another word.
      const told =
        error.code === 'commander.help' ? 'a command or an argument is missing' : error.message;
      return reportUsage(told, called, context);
    }
    return reportError(error, context);
  }
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

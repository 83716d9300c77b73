import { type Command, CommanderError } from 'commander';
import type { Action, RunAction } from './action.ts';
import { type CliContext, processContext } from './context.ts';
import { reportError, reportUsage } from './error-report.ts';
import { ExitCode } from './exit-codes.ts';
import { buildProgram } from './program.ts';

/** Parses the arguments, runs one command, and returns the exit code. Never throws. */
async function run(context: CliContext): Promise<ExitCode> {
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
    writeErr: (text) => context.stderr.write(text),
  });
  passSettingsDown(program);
  try {
    await program.parseAsync([...context.args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end in an exception too, with exit code 0.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return ExitCode.pass;
      reportUsage(error.message, context);
      return ExitCode.usage;
    }
    return reportError(error, context);
  }
}

/** Commands made apart know nothing of the program's error handling, nor do theirs. */
function passSettingsDown(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    passSettingsDown(command);
  }
}

// React's development build, which is the default, takes twice the time for each frame of a live view.
process.env['NODE_ENV'] ??= 'production';

// A closed reader (`| head -1`) is no reason for a stack trace, nor for leaving a run half done:
// children are still stopped, and the exit code still tells how it came out.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const exitCode = await run(processContext());
// Whatever a command left open (keep-alive sockets) must not hold the process; what it wrote must go out.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));

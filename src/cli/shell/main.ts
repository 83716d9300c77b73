import { type Command, CommanderError } from 'commander';
import { printableLines } from '../../base/printable.ts';
import type { RunAction } from './action.ts';
import { type CliContext, processContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { Output } from './output.ts';
import { buildProgram } from './program.ts';

/** Help does without it. */
const errorReport = () => import('./error-report.ts');

/** Parses the arguments, runs one command, and returns the exit code. Never throws. */
async function run(context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.pass;
  const runAction: RunAction = async (load, options) => {
    // What a command leaves no file handle for must be there before.
    const { reportError } = await errorReport();
    process.on('uncaughtException', (error) => process.exit(reportError(error, context)));
    const action = await load();
    exitCode = await action(options, context);
  };
  const program = await buildProgram(context.programName, runAction, context.args);
  // `report` and `report merge` share flags: those behind a command's name are its own.
  program.enablePositionalOptions();
  program.exitOverride().configureOutput({
    writeOut: (text) => context.stdout.write(text),
    writeErr: (text) => context.stderr.write(printableLines(text)),
  });
  passSettingsDown(program);
  try {
    await program.parseAsync([...context.args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end in an exception too, with exit code 0.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return ExitCode.pass;
      (await errorReport()).reportUsage(error.message, context);
      return ExitCode.usage;
    }
    return (await errorReport()).reportError(error, context);
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

const [stdout, stderr] = [new Output(process.stdout), new Output(process.stderr)];
const context = processContext(stdout, stderr);

const exitCode = await run(context);
await stdout.flushed();
const lastCode =
  stdout.loss === undefined ? exitCode : (await errorReport()).reportLostOutput(exitCode, context);
await stderr.flushed();
// Whatever a command left open (keep-alive sockets) must not hold the process.
process.exit(lastCode);

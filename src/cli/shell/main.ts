import { processContext } from './context.ts';
import { Output } from './output.ts';
import { errorReport, runProgram } from './run-program.ts';

// React's development build, which is the default, takes twice the time for each frame of a live view.
process.env['NODE_ENV'] ??= 'production';

/** What a server logs may wait for its reader as long as there is room; documents on stdout wait as long as it takes. */
const LOG_BYTES_MAX = 4 * 1024 * 1024;

const stdout = new Output(process.stdout);
const stderr = new Output(process.stderr, LOG_BYTES_MAX);
const context = processContext(stdout, stderr);

async function endBadly(error: Error): Promise<never> {
  const { reportError } = await errorReport();
  process.exit(reportError(error, context));
}
process.on('uncaughtException', (error) => void endBadly(error));

const exitCode = await runProgram(context);
await stdout.flushed();
const lastCode =
  stdout.loss === undefined ? exitCode : (await errorReport()).reportLostOutput(exitCode, context);
await stderr.flushed();
// Whatever a command left open (keep-alive sockets) must not hold the process.
process.exit(lastCode);

import { processContext } from './context.ts';
import { reportError, reportLostOutput } from './error-report.ts';
import { Output } from './output.ts';
import { runProgram } from './run-program.ts';

// React's development build, which is the default, takes twice the time for each frame of a live view.
process.env['NODE_ENV'] ??= 'production';

const [stdout, stderr] = [new Output(process.stdout), new Output(process.stderr)];
const context = processContext(stdout, stderr);
process.on('uncaughtException', (error) => process.exit(reportError(error, context)));

const exitCode = await runProgram(context);
await stdout.flushed();
const lastCode = reportLostOutput(exitCode, context);
await stderr.flushed();
// Whatever a command left open (keep-alive sockets) must not hold the process.
process.exit(lastCode);

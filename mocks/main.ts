import { systemClock } from '../src/base/clock.ts';
import { KvcacheError } from '../src/base/errors.ts';
import { parseMockArguments } from './flags/read-flags.ts';
import { readyLine } from './running-mock.ts';
import { startMocks } from './start.ts';

/**
 * Entry of a mock process: prints one ready line, serves until SIGTERM, SIGINT or the end of the
 * parent's IPC channel. Exit codes as the CLI's: 2 for bad arguments, 3 when it cannot listen.
 */
async function main(): Promise<void> {
  // Before the first wait: a parent may die while we start.
  const stopped = stopRequest();
  const request = parseMockArguments(process.argv.slice(2), process.env);
  const { mocks, close } = await startMocks(request, {
    env: process.env,
    clock: systemClock,
    warn: (problem) => process.stderr.write(`${problem}\n`),
  });
  process.stdout.write(`${readyLine(mocks, request.kind === 'up', process.pid)}\n`);
  await stopped;
  await close();
}

function stopRequest(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['SIGTERM', 'SIGINT', 'SIGHUP', 'disconnect'] as const) {
      process.on(event, () => resolve());
    }
  });
}

function report(error: unknown): number {
  if (!(error instanceof KvcacheError)) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 70;
  }
  const place = error.where === undefined ? '' : `  at ${error.where}\n`;
  process.stderr.write(`${error.message} [${error.code}]\n${place}  → ${error.remedy}\n`);
  return error.kind === 'usage' ? 2 : 3;
}

// A parent that went away closes them, and a disk may fill up: neither is a reason to stop serving.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  await main();
  process.exit(0);
} catch (error) {
  process.exit(report(error));
}

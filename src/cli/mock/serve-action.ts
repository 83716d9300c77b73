import { printable } from '../../base/printable.ts';
import type { MockKind } from '../../../mocks/flags/mark.ts';
import { type RawMockFlags, readMockFlags } from '../../../mocks/flags/read-flags.ts';
import { readyLine } from '../../../mocks/running-mock.ts';
import { startMocks } from '../../../mocks/start.ts';
import { aborted } from '../../base/clock.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';

export interface MockServeOptions {
  kind: MockKind;
  flags: RawMockFlags;
}

/** Starts the mocks, prints the ready line, and serves until the user or the system says stop. */
export async function mockServe(options: MockServeOptions, context: CliContext): Promise<ExitCode> {
  const { env, clock, signal, stdout, stderr } = context;
  const request = readMockFlags(options.kind, options.flags, context.env);
  const { mocks, close } = await startMocks(request, {
    env,
    clock,
    warn: (problem) => stderr.write(`kvcache: ${printable(problem)}\n`),
  });
  stdout.write(`${readyLine(mocks, options.kind === 'up', process.pid)}\n`);
  await aborted(signal);
  await close();
  // Being told to stop is how a server ends well.
  return ExitCode.pass;
}

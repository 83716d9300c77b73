import { printable } from '../../base/printable.ts';
import type { MockKind } from '../../../mocks/flags/mark.ts';
import { type RawMockFlags, readMockFlags } from '../../../mocks/flags/read-flags.ts';
import { readyLine, type RunningMock, type RunningMocks } from '../../../mocks/running-mock.ts';
import { startMocks } from '../../../mocks/start.ts';
import { aborted } from '../../base/clock.ts';
import { runForeground } from '../../supervise/foreground.ts';
import type { CliContext } from '../shell/context.ts';
import { cliError } from '../shell/errors.ts';
import { ExitCode } from '../shell/exit-codes.ts';

export interface MockServeOptions {
  kind: MockKind;
  flags: RawMockFlags;
  /** Run while the mocks are up, which then end with it; empty: they serve until told to stop. */
  command: readonly string[];
}

/** What a command may take to end once it was asked to. */
const COMMAND_GRACE_MS = 5_000;

/** Starts the mocks, prints the ready line, and serves until the user or the system says stop. */
export async function mockServe(options: MockServeOptions, context: CliContext): Promise<ExitCode> {
  const { kind, flags, command } = options;
  const { env, clock } = context;
  refuseUnmarked(command, context);
  const request = readMockFlags(kind, flags, env);
  const warn = warnOn(context);
  const running = await startMocks(request, { env, clock, warn });
  return serveMocks(running, { isFleet: kind === 'up', command }, context);
}

/** A word without the dashes is a slip far more often than a command. */
export function refuseUnmarked(command: readonly string[], { args }: CliContext): void {
  if (command.length > 0 && !args.includes('--')) throw cliError('COMMAND_UNMARKED');
}

export function warnOn({ stderr }: CliContext): (problem: string) => void {
  return (problem) => stderr.write(`kvcache: ${printable(problem)}\n`);
}

/** Until told to stop, or as long as the command runs. */
export async function serveMocks(
  { mocks, close }: RunningMocks,
  { isFleet, command }: { isFleet: boolean; command: readonly string[] },
  context: CliContext,
): Promise<ExitCode> {
  const line = readyLine(mocks, isFleet, process.pid);
  try {
    if (command.length > 0) return await runBeside(command, mocks, { context, line });
    context.stdout.write(`${line}\n`);
    await aborted(context.signal);
    // Being told to stop is how a server ends well.
    return ExitCode.pass;
  } finally {
    await close();
  }
}

/** Its exit code is ours, whatever it is. */
async function runBeside(
  [file, ...args]: readonly string[],
  mocks: readonly RunningMock[],
  { context, line }: { context: CliContext; line: string },
): Promise<ExitCode> {
  const { cwd, env, signal } = context;
  return (await runForeground({
    file: file!,
    args,
    cwd,
    env: { ...env, ...Object.fromEntries([...addressesOf(mocks), ['KVCACHE_MOCKS', line]]) },
    signal,
    graceMs: COMMAND_GRACE_MS,
  })) as ExitCode;
}

/** Where the mocks are, for whoever runs beside them: variables and their values. */
function addressesOf(mocks: readonly RunningMock[]): [name: string, value: string][] {
  const engines = mocks.filter(({ role }) => role === 'engine').map(({ url }) => url);
  const controller = mocks.find(({ role }) => role === 'controller');
  return [
    ...(controller ? [['KVCACHE_CONTROLLER', controller.url] satisfies [string, string]] : []),
    ['KVCACHE_ENGINES', engines.join(',')],
    ...engines.map((url, index): [string, string] => [`KVCACHE_ENGINE_${index + 1}`, url]),
  ];
}

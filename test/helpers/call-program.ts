import { Readable } from 'node:stream';
import { systemClock } from '../../src/base/clock.ts';
import { runProgram } from '../../src/cli/shell/run-program.ts';

export interface Said {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The program in this process, as a shell would call it, without environment; stopped after half a minute. */
export async function callProgram(
  args: readonly string[],
  cwd: string,
  timeoutMs = 30_000,
): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const exitCode = await runProgram({
    args: [...args],
    programName: 'kvcache',
    env: {},
    cwd,
    nodePath: process.execPath,
    stdin: () => Readable.from([]) as AsyncIterable<Buffer>,
    readStdin: () => Promise.resolve(''),
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
    clock: systemClock,
    signal: AbortSignal.timeout(timeoutMs),
    onHangup: () => {},
  });
  return { exitCode, ...said };
}

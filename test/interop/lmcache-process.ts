import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { callHttp } from '../../src/net/call.ts';
import { freePort } from '../../src/stack/free-ports.ts';

// The first start reads gigabytes of Python: minutes on a busy machine.
export const START_MS = 300_000;

export interface Holding {
  instance: string;
  location: string;
  tokens: readonly number[];
}

/** The real legacy controller with stand-ins for the engines' workers. */
export interface LmcacheProcess extends AsyncDisposable {
  url: string;
  /** Lets an instance hold tokens; says of how many chunks the controller then knows. */
  admit(holding: Holding): Promise<number>;
}

/** Starts peers/lmcache_controller.py. @throws Error when it does not come up in `START_MS` */
export async function startLmcache(python: string): Promise<LmcacheProcess> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const program = join(import.meta.dirname, 'peers/lmcache_controller.py');
  const child = spawn(python, [program, ...ports.map(String)], {
    env: { ...process.env, PYTHONHASHSEED: '0' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const reader = createInterface({ input: child.stdout });
  const lines = reader[Symbol.asyncIterator]();
  const stop = async (): Promise<void> => {
    reader.close();
    await end(child);
  };
  const url = `http://127.0.0.1:${ports[0]}`;
  const isUp = await pollUntil(
    () => callHttp({ url: `${url}/health`, timeoutMs: 2_000 }).catch(() => undefined),
    { clock: systemClock, deadlineMs: START_MS },
  );
  if (!isUp) {
    await stop();
    throw new Error('the LMCache controller does not come up');
  }
  const admit = async (holding: Holding): Promise<number> => {
    child.stdin.write(`${JSON.stringify(holding)}\n`);
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      if (line.value.startsWith('{"sent"')) {
        return (JSON.parse(line.value) as { sent: number }).sent;
      }
    }
    throw new Error('the LMCache controller went away');
  };
  return { url, admit, [Symbol.asyncDispose]: stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) {
    await once(child, 'exit');
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { callHttp } from '../../../src/net/call.ts';
import { freePort } from '../../../src/stack/free-ports.ts';

export interface EngineOfRouter {
  id: string;
  url: string;
  /** Where it publishes its KV events over ZeroMQ, when it does. */
  kvEvents?: string;
}

/** Where a router listens and what it may write. */
export interface RouterPlace {
  port: number;
  metricsPort: number;
  /** A folder of its own. */
  folder: string;
  engines: readonly EngineOfRouter[];
}

/** How a router is started: files for its folder, arguments, and the path that answers 200 once it is ready. */
export interface RouterLaunch {
  files?: Record<string, string>;
  args: readonly string[];
  readyPath: string;
}

export interface RunningRouter extends AsyncDisposable {
  url: string;
}

/** A router on free loopback ports. Ended by SIGKILL: a graceful end waits for idle connections. */
export async function startRouter(
  program: string,
  engines: readonly EngineOfRouter[],
  launchOf: (place: RouterPlace) => RouterLaunch,
): Promise<RunningRouter> {
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-router-'));
  const [port, metricsPort] = [await freePort(), await freePort()];
  const { files = {}, args, readyPath } = launchOf({ port, metricsPort, folder, engines });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  };
  try {
    await untilReady(child, `${url}${readyPath}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: stop };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2_000)));
  }
  const state = await pollUntil(
    async () => {
      if (child.exitCode !== null) return 'ended';
      const answer = await callHttp({ url, timeoutMs: 2_000 }).catch(() => undefined);
      return answer?.status === 200 ? 'ready' : undefined;
    },
    { clock: systemClock, deadlineMs: 30_000 },
  );
  if (state !== 'ready') throw new Error(`the router is not ready (${state ?? 'silent'}): ${said}`);
}

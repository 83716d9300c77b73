import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { callHttp } from '../../../src/net/call.ts';
import { freePort } from '../../../src/stack/free-ports.ts';
import { type Child, startChild } from '../../../src/supervise/child.ts';

const START_MS = 300_000;
/** Tokens of a chunk: the least that vLLM's blocks on a CPU divide evenly. */
const CHUNK_TOKENS = 256;

export interface RunningCoordinator extends AsyncDisposable {
  url: string;
}

/** The coordinator of LMCache's multi-process mode. */
export async function startCoordinator(python: string): Promise<RunningCoordinator> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = start(python, 'coordinator', flags({ host: '127.0.0.1', port }));
  await untilUp(child, `${url}/healthz`);
  return { url, [Symbol.asyncDispose]: child.stop };
}

export interface RunningCacheServer extends AsyncDisposable {
  /** What vLLM has to be started with to keep its KV cache here. */
  vllmArgs: readonly string[];
}

/** The server that holds one engine's KV cache and tells the coordinator of it under that engine's id. */
export async function startCacheServer(
  python: string,
  instanceId: string,
  coordinatorUrl: string,
): Promise<RunningCacheServer> {
  const [port, httpPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
  const child = start(python, 'server', [
    ...flags({
      'instance-id': instanceId,
      host: '127.0.0.1',
      port,
      'http-port': httpPort,
      'prometheus-port': metricsPort,
      'l1-size-gb': 1,
      'l1-init-size-gb': 1,
      'eviction-policy': 'LRU',
      'chunk-size': CHUNK_TOKENS,
      // Without it vLLM hangs in start-up on a CPU.
      'supported-transfer-mode': 'engine_driven',
      'coordinator-url': coordinatorUrl,
      'coordinator-advertise-ip': '127.0.0.1',
    }),
    '--coordinator-event-reporting',
  ]);
  await untilUp(child, `http://127.0.0.1:${httpPort}/config`);
  const connector = {
    kv_connector: 'LMCacheMPConnector',
    kv_role: 'kv_both',
    kv_connector_extra_config: { 'lmcache.mp.host': 'tcp://127.0.0.1', 'lmcache.mp.port': port },
  };
  return {
    vllmArgs: ['--kv-transfer-config', JSON.stringify(connector)],
    [Symbol.asyncDispose]: child.stop,
  };
}

const flags = (values: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);

interface Started {
  child: Child;
  stop: () => Promise<void>;
}

function start(python: string, command: string, args: readonly string[]): Started {
  const folder = mkdtempSync(join(tmpdir(), `kvcache-lmcache-${command}-`));
  const child = startChild(
    {
      role: `lmcache ${command}`,
      program: {
        kind: 'foreign',
        file: join(dirname(python), 'lmcache'),
        args: [command, ...args],
      },
      cwd: folder,
      env: { ...process.env, PYTHONHASHSEED: '0' },
      logPath: join(folder, 'lmcache.log'),
      graceMs: 0,
    },
    process.execPath,
    systemClock,
  );
  const stop = async (): Promise<void> => {
    await child.stop();
    rmSync(folder, { recursive: true });
  };
  return { child, stop };
}

async function untilUp({ child, stop }: Started, url: string): Promise<void> {
  const isUp = await pollUntil(() => callHttp({ url, timeoutMs: 2_000 }).catch(() => undefined), {
    clock: systemClock,
    deadlineMs: START_MS,
  });
  if (isUp) return;
  await stop();
  throw new Error(`${child.logPath}: does not answer within ${START_MS / 1_000} s.`);
}

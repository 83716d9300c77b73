import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { callHttp } from '../../../src/net/call.ts';
import { freePort } from '../../../src/stack/free-ports.ts';
import { type Child, childDied, type ChildSpec, startChild } from '../../../src/supervise/child.ts';

/** Two minutes on an idle core; whoever shares it waits longer. */
export const VLLM_START_MS = 900_000;

/** Tokens of context, unless `args` say otherwise. */
export const VLLM_CONTEXT = 4_096;

/** What a mock engine is like: small, and telling all it can of its cache. */
const SERVE = [
  '--host=127.0.0.1',
  '--load-format=dummy',
  // bfloat16 is quicker on a CPU with AVX-512, and takes many times as long on one without.
  '--dtype=float32',
  '--enforce-eager',
  '--max-num-seqs=16',
  '--enable-prefix-caching',
  '--enable-prompt-tokens-details',
];

export interface VllmOptions {
  /** Of an environment that has vLLM. */
  python: string;
  /** A model folder. */
  model: string;
  /** Free unless given. */
  port?: number;
  /** The one core it computes on. */
  core?: number;
  servedName?: string;
  /** More arguments of `vllm serve`, as `--kv-transfer-config`. */
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export interface RunningVllm extends AsyncDisposable {
  url: string;
  port: number;
  /** Leads the group of all its processes. */
  pid: number;
  logPath: string;
}

/**
 * Starts one engine and waits until it answers. It ends with this process, whatever ends that.
 * @throws Error with the end of its log when it ends or stays silent
 */
export async function startVllm(options: VllmOptions): Promise<RunningVllm> {
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-vllm-'));
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const child = startChild(
    {
      role: 'vLLM',
      program: programOf(options, port),
      cwd: folder,
      env: { ...process.env, ...environmentOf(options) },
      logPath: join(folder, 'vllm.log'),
      // A graceful end waits minutes for a connector that hangs.
      graceMs: 0,
    },
    process.execPath,
    systemClock,
  );
  const stop = async (): Promise<void> => {
    await child.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    await untilHealthy(child, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, port, pid: child.pid, logPath: child.logPath, [Symbol.asyncDispose]: stop };
}

function programOf(options: VllmOptions, port: number): ChildSpec['program'] {
  const { python, model, core = 0, servedName, args = [] } = options;
  const vllm = join(dirname(python), 'vllm');
  const onCore = ['-n', '10', 'taskset', '-c', String(core), vllm, 'serve', model];
  const name = servedName === undefined ? [] : ['--served-model-name', servedName];
  const own = [...SERVE, '--port', String(port), '--max-model-len', String(VLLM_CONTEXT), ...name];
  return { kind: 'foreign', file: 'nice', args: [...onCore, ...own, ...args] };
}

function environmentOf({ core = 0, env }: VllmOptions): Record<string, string> {
  return {
    HF_HUB_OFFLINE: '1',
    VLLM_NO_USAGE_STATS: '1',
    // Of a gigabyte each.
    VLLM_CPU_KVCACHE_SPACE: '1',
    VLLM_CPU_OMP_THREADS_BIND: String(core),
    OMP_NUM_THREADS: '1',
    // Block hashes, and with them those of LMCache, depend on it.
    PYTHONHASHSEED: '0',
    // /reset_prefix_cache and its like.
    VLLM_SERVER_DEV_MODE: '1',
    ...env,
  };
}

async function untilHealthy(child: Child, url: string): Promise<void> {
  const ended = new AbortController();
  const exit = child.exited.then((info) => {
    ended.abort();
    return info;
  });
  const isUp = await pollUntil(
    async () => {
      if (ended.signal.aborted) return false;
      const answer = await callHttp({ url: `${url}/health`, timeoutMs: 2_000 }).catch(
        () => undefined,
      );
      return answer?.status === 200 ? true : undefined;
    },
    { clock: systemClock, deadlineMs: VLLM_START_MS },
  );
  if (isUp === true) return;
  if (ended.signal.aborted) {
    const { message, details } = await childDied(child, await exit);
    throw new Error([message, ...(details ?? [])].join('\n'));
  }
  throw new Error(`vLLM does not answer within ${VLLM_START_MS / 1_000} s.`);
}

import type { ChildProcess } from 'node:child_process';
import type { VerifyResult } from '../../src/verify/result/result.ts';
import { type ExecResult, finished, startKvcache } from './exec.ts';

/** `kvcache mock up` in a process of its own. */
export interface Fleet {
  child: ChildProcess;
  /** Engines and controller. */
  flags: string[];
  urls: string[];
}

/** What `--json` prints. */
export type Document = VerifyResult & { schema: string; exitCode: number };

export async function startFleet(args: readonly string[]): Promise<Fleet> {
  const child = startKvcache(['mock', 'up', '--port-base', '0', ...args]);
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.on('exit', (code) => reject(new Error(`the fleet ended with ${code}`)));
  });
  const ready = JSON.parse(line) as {
    controller: { url: string };
    engines: { id: string; url: string }[];
  };
  const engines = ready.engines.flatMap(({ id, url }) => ['--engine', `${id}=${url}`]);
  const urls = ready.engines.map(({ url }) => url);
  return { child, flags: ['--lmcache', ready.controller.url, ...engines], urls };
}

export async function stopFleet({ child }: Fleet): Promise<void> {
  const done = finished(child);
  child.kill('SIGTERM');
  await done;
}

/** Free ports for the gateway. */
export const PORTS = ['--listen-port', '0', '--prom-port', '0'];

export function documentOf({ stdout }: ExecResult): Document {
  return JSON.parse(stdout) as Document;
}

export function outcomesOf({ checks }: Document): Record<string, string> {
  return Object.fromEntries(checks.map((it) => [it.id, it.outcome]));
}

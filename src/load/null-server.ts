import { createServer } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { createLoadClient } from '../net/load-client.ts';
import { closeGracefully, listen } from '../net/listen.ts';
import { runPhase } from './run-load.ts';

const ANSWER = JSON.stringify({
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const WARM_UP_REQUESTS = 200;

/**
 * Requests per second this generator manages against a server that does nothing. The server shares
 * our process, so the figure is on the low side: a run below it by a margin is not bound by us.
 */
export async function measureCeiling(
  clock: Clock,
  options: { body: Uint8Array; concurrency: number; durationMs: number },
): Promise<number | undefined> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end(ANSWER));
  });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'null server');
  const client = createLoadClient({
    url,
    connections: options.concurrency,
    connectTimeoutMs: 5_000,
  });
  try {
    const dependencies = {
      client,
      clock,
      originMs: clock.nowMs(),
      source: () => ({ body: options.body, group: '' }),
      record: () => {},
    };
    const plan = {
      labels: { phase: 'warmup', arm: '', block: 0 },
      load: { kind: 'closed', concurrency: options.concurrency },
      timeoutMs: 5_000,
      maxErrorRate: 0,
    } as const;
    // Connecting and compiling are not what limits a long run.
    await runPhase({ ...plan, requests: WARM_UP_REQUESTS }, dependencies);
    const outcome = await runPhase({ ...plan, durationMs: options.durationMs }, dependencies);
    if (outcome.failed > 0) return undefined;
    return (outcome.finished * 1_000) / (outcome.endMs - outcome.startMs);
  } finally {
    await client.close();
    await closeGracefully(server, 0);
  }
}

import { jsonOf } from '../../src/net/answer.ts';
import { callHttp } from '../../src/net/call.ts';
import { WORKER_OPERATIONS, type WorkerPort } from './core/fleet-operations.ts';

const TIMEOUT_MS = 5_000;

/** The stores of a mock engine in another process, reached through its admin API. */
export function remoteWorker(engineUrl: string): WorkerPort {
  const url = `${engineUrl}/__mock/operations`;
  const operations = WORKER_OPERATIONS.map((operation): [string, WorkerPort['pin']] => [
    operation,
    async (location, tokens, ttlMs) => {
      const json = {
        operation,
        location,
        tokens: Array.from(tokens),
        ...(ttlMs !== undefined && { ttlMs }),
      };
      const answer = await callHttp({ url, json, timeoutMs: TIMEOUT_MS });
      return (jsonOf(answer, url) as { tokens: number }).tokens;
    },
  ]);
  return Object.fromEntries(operations) as WorkerPort;
}

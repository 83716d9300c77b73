import { jsonOf } from '../../src/net/answer.ts';
import { callHttp } from '../../src/net/call.ts';
import type { TokenIds } from '../kv/token-ids.ts';
import type { WorkerPort } from './core/fleet-operations.ts';

const TIMEOUT_MS = 5_000;

/** The stores of a mock engine in another process, reached through its admin API. */
export function remoteWorker(engineUrl: string): WorkerPort {
  const url = `${engineUrl}/__mock/operations`;
  const call = async (
    operation: string,
    location: string,
    tokens: TokenIds = [],
    ttlMs?: number,
  ): Promise<number> => {
    const json = {
      operation,
      location,
      tokens: Array.from(tokens),
      ...(ttlMs !== undefined && { ttlMs }),
    };
    const answer = await callHttp({ url, json, timeoutMs: TIMEOUT_MS });
    return (jsonOf(answer, url) as { tokens: number }).tokens;
  };
  return {
    pin: (location, tokens, ttlMs) => call('pin', location, tokens, ttlMs),
    unpin: (location, tokens) => call('unpin', location, tokens),
    clear: (location) => call('clear', location),
    compress: (location, tokens) => call('compress', location, tokens),
    decompress: (location, tokens) => call('decompress', location, tokens),
    evict: (location, tokens) => call('evict', location, tokens),
    store: (location, tokens) => call('store', location, tokens),
    resident: (location, tokens) => call('resident', location, tokens),
  };
}

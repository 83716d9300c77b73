import type { Access } from '../net/access.ts';
import { createLoadClient, type LoadClient } from '../net/load-client.ts';

export const CHAT_ROUTE = '/v1/chat/completions';

const CONNECT_TIMEOUT_MS = 5_000;

export interface ChatClientOptions extends Partial<Access> {
  /** Without the route and its `/v1`. */
  baseUrl: string;
  /** Upper bound of requests in flight, one connection each. */
  connections: number;
}

/**
 * A client for the chat completions of one server.
 * @throws KvcacheError URL_INVALID, HEADER_INVALID (kind usage)
 */
export function createChatClient({ baseUrl, ...options }: ChatClientOptions): LoadClient {
  const url = `${baseUrl}${CHAT_ROUTE}`;
  return createLoadClient({ ...options, url, connectTimeoutMs: CONNECT_TIMEOUT_MS });
}

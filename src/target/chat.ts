import type { Clock } from '../base/clock.ts';
import { type ChatExchange, exchangeChat } from '../net/chat-exchange.ts';
import {
  CACHED_TOKENS_HEADER,
  ENDPOINT_HEADER,
  POLICY_HEADER,
  REASON_HEADER,
} from '../protocol/headers.ts';
import { acceptAnswer, saysWhy } from './engine-http.ts';
import { type Targets, authorization } from './targets.ts';

/** What every request of a run shares. */
export interface ChatSetting {
  targets: Pick<Targets, 'model' | 'apiKey'>;
  clock: Clock;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface ChatRequest {
  /** Base URL of an engine or the gateway. */
  url: string;
  prompt: string;
  outputTokens: number;
  /** Asks our own gateway for another routing policy. */
  policy?: string | undefined;
  /** Over a connection of its own: a balancer of connections keeps one on one engine. */
  isAlone?: boolean;
}

/** A streamed chat request; deterministic, as long as asked for. */
export function sendChat(request: ChatRequest, setting: ChatSetting): Promise<ChatExchange> {
  const { targets, clock, timeoutMs, signal } = setting;
  return saysWhy(request.url, () =>
    exchangeChat({
      url: request.url,
      model: targets.model,
      prompt: request.prompt,
      maxTokens: request.outputTokens,
      stream: true,
      headers: {
        ...authorization(targets.apiKey),
        ...(request.policy !== undefined && { [POLICY_HEADER]: request.policy }),
        ...(request.isAlone && { connection: 'close' }),
      },
      timeoutMs,
      clock,
      signal,
    }),
  );
}

/**
 * As `sendChat`, but only a complete answer counts.
 * @throws KvcacheError as `acceptAnswer` does
 */
export async function mustChat(request: ChatRequest, setting: ChatSetting): Promise<ChatExchange> {
  const exchange = await sendChat(request, setting);
  acceptAnswer(
    { status: exchange.status, text: exchange.body },
    `${request.url}/v1/chat/completions`,
  );
  return exchange;
}

/** The body that is tokenized must be the body that is sent. */
export function tokenizeBody(model: string, prompt: string): string {
  return JSON.stringify({ model, messages: [{ role: 'user', content: prompt }] });
}

/** What our gateway says of its decision; nulls from any other. */
export function decisionOf({ headers }: Pick<ChatExchange, 'headers'>): {
  endpoint: string | null;
  reason: string | null;
  predictedTokens: number | null;
} {
  const text = (name: string): string | null => {
    const value = headers[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const predicted = text(CACHED_TOKENS_HEADER);
  return {
    endpoint: text(ENDPOINT_HEADER),
    reason: text(REASON_HEADER),
    predictedTokens: predicted !== null && /^\d+$/.test(predicted) ? Number(predicted) : null,
  };
}

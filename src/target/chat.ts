import type { Clock } from '../base/clock.ts';
import { createChatClient } from '../load/chat-client.ts';
import { userPrompt } from '../load/prompts.ts';
import { chatRequest } from '../load/requests.ts';
import { type FailureClass, UNLABELLED } from '../load/sample.ts';
import { type Answer, sendOne } from '../load/send.ts';
import { requireAnswer } from '../load/unanswered.ts';
import type { ChatUsage } from '../protocol/chat-evidence.ts';
import {
  CACHED_TOKENS_HEADER,
  ENDPOINT_HEADER,
  POLICY_HEADER,
  REASON_HEADER,
} from '../protocol/headers.ts';
import { acceptAnswer } from './engine-http.ts';
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
}

/** One chat request and everything its answer says about who served it and what was cached. */
export interface ChatExchange {
  status: number;
  /** Of the response, by name in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
  servedBy: { endpoint: string; source: string } | undefined;
  usage: ChatUsage;
  /** Request sent → first token. */
  ttftMs: number | undefined;
  /** Request sent → last byte. */
  latencyMs: number;
  failure: FailureClass | undefined;
}

/**
 * A streamed chat request; deterministic, as long as asked for.
 * @throws KvcacheError UNREACHABLE, TIMEOUT (kind target); the signal's reason when aborted
 */
export async function sendChat(request: ChatRequest, setting: ChatSetting): Promise<ChatExchange> {
  const { targets, clock, timeoutMs, signal } = setting;
  const headers = {
    ...authorization(targets.apiKey),
    ...(request.policy !== undefined && { [POLICY_HEADER]: request.policy }),
  };
  const shape = { model: targets.model, maxTokens: request.outputTokens, stream: true };
  const client = createChatClient({ baseUrl: request.url, connections: 1, headers });
  try {
    const answer = await sendOne(
      { request: chatRequest(userPrompt(request.prompt), shape), client },
      { clock, originMs: clock.nowMs(), timeoutMs, labels: UNLABELLED, signal },
    );
    requireAnswer(answer.sample, request.url);
    return exchangeOf(answer);
  } finally {
    await client.close();
  }
}

function exchangeOf({ sample, headers, body }: Answer): ChatExchange {
  const { servedBy, servedBySource, sentMs, firstTokenMs, endMs } = sample;
  return {
    status: sample.status!,
    headers,
    body,
    servedBy:
      servedBy === undefined ? undefined : { endpoint: servedBy, source: servedBySource ?? '' },
    usage: {
      promptTokens: sample.promptTokens,
      completionTokens: sample.outputTokens,
      cachedTokens: sample.cachedTokens,
    },
    ttftMs: firstTokenMs === undefined ? undefined : firstTokenMs - sentMs,
    latencyMs: endMs - sentMs,
    failure: sample.failure,
  };
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

import type { Clock } from '../base/clock.ts';
import { KvcacheError } from '../base/errors.ts';
import type { Prompt } from '../load/prompts.ts';
import { type ChatExchange, exchangeChat } from '../net/chat-exchange.ts';
import { choicesOf } from '../protocol/chat-output.ts';
import { SseParser } from '../protocol/sse.ts';
import type { SentRequest } from './evidence.ts';

/** A prompt of a set, with its place in it. */
export interface SetPrompt {
  prompt: Prompt;
  promptKey: string;
  groupKey: string;
}

export interface SendSetting {
  url: string;
  model: string;
  clock: Clock;
  signal: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 20_000;

/** Sends one prompt as a stream and tells what came back; only an abort throws. */
export async function sendPrompt(
  { prompt, promptKey, groupKey }: SetPrompt,
  { step, maxTokens }: { step: string; maxTokens: number },
  { url, model, clock, signal }: SendSetting,
): Promise<SentRequest> {
  const asked = { step, promptKey, groupKey };
  try {
    const exchange = await exchangeChat({
      url,
      model,
      prompt: prompt.messages,
      maxTokens,
      stream: true,
      timeoutMs: REQUEST_TIMEOUT_MS,
      clock,
      signal,
    });
    return { ...asked, ...factsOf(exchange) };
  } catch (error) {
    if (signal.aborted || !(error instanceof KvcacheError)) throw error;
    // The gateway itself stays up: a connection that breaks is an answer that was under way.
    return { ...asked, ...NOTHING, failure: error.code === 'TIMEOUT' ? 'unanswered' : 'cut' };
  }
}

const NOTHING = {
  status: undefined,
  servedBy: undefined,
  promptTokens: undefined,
  cachedTokens: undefined,
  predictedTokens: undefined,
  reason: undefined,
  ttftMs: undefined,
  answer: '',
};

function factsOf(exchange: ChatExchange): Omit<SentRequest, 'step' | 'promptKey' | 'groupKey'> {
  const { status, body, usage, routing } = exchange;
  const events = status === 200 ? eventsOf(body) : undefined;
  return {
    status,
    failure: status !== 200 ? 'unanswered' : events === undefined ? 'cut' : undefined,
    servedBy: exchange.servedBy?.endpoint,
    promptTokens: usage.promptTokens,
    cachedTokens: usage.cachedTokens,
    predictedTokens: routing.predictedCachedTokens,
    reason: routing.reason,
    ttftMs: exchange.ttftMs,
    answer: (events ?? []).map((event) => choicesOf(event)?.text ?? '').join(''),
  };
}

/** The chunks of a complete stream; undefined without `[DONE]` or with an error among them. */
function eventsOf(body: string): unknown[] | undefined {
  const data = new SseParser().push(Buffer.from(body)).map((event) => event.data);
  if (data.pop() !== '[DONE]') return undefined;
  try {
    const events = data.map((text) => JSON.parse(text) as unknown);
    return events.some((event) => Object.hasOwn(event as object, 'error')) ? undefined : events;
  } catch {
    return undefined;
  }
}

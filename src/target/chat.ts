import type { Clock } from '../base/clock.ts';
import { createChatClient } from '../load/chat-client.ts';
import { userPrompt } from '../load/prompts.ts';
import { chatRequest } from '../load/requests.ts';
import { UNLABELLED } from '../load/sample.ts';
import { type Answer, sendOne } from '../load/send.ts';
import { requireAnswer } from '../load/unanswered.ts';
import { acceptAnswer } from './engine-http.ts';
import { type Targets, authorization } from './targets.ts';

/** What every request of a run shares. */
export interface ChatSetting {
  targets: Pick<Targets, 'model' | 'apiKey'> & Partial<Pick<Targets, 'servedByHeaders'>>;
  clock: Clock;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface ChatRequest {
  /** Base URL of an engine or the gateway. */
  url: string;
  prompt: string;
  outputTokens: number;
}

/**
 * A streamed chat request over a connection of its own (a balancer of connections keeps one on one
 * engine); only an answer with status 200 counts.
 * @throws KvcacheError as `requireAnswer` and `acceptAnswer`; the signal's reason when aborted
 */
export async function mustChat(request: ChatRequest, setting: ChatSetting): Promise<Answer> {
  const { targets, clock, timeoutMs, signal } = setting;
  const { model, apiKey, servedByHeaders } = targets;
  const shape = { model, maxTokens: request.outputTokens, stream: true };
  const headers = authorization(apiKey);
  const client = createChatClient({ baseUrl: request.url, connections: 1, headers });
  try {
    const answer = await sendOne(
      { request: chatRequest(userPrompt(request.prompt), shape), client },
      { clock, originMs: clock.nowMs(), timeoutMs, labels: UNLABELLED, servedByHeaders, signal },
    );
    requireAnswer(answer.sample, request.url);
    const { sample, body } = answer;
    acceptAnswer({ status: sample.status!, text: body }, `${request.url}/v1/chat/completions`);
    return answer;
  } finally {
    await client.close();
  }
}

/** The body that is tokenized must be the body that is sent. */
export function tokenizeBody(model: string, prompt: string): string {
  return JSON.stringify({ model, messages: [{ role: 'user', content: prompt }] });
}

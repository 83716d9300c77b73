import type { Clock } from '../base/clock.ts';
import { withOnePrompt } from '../load/one-prompt.ts';
import type { Answer } from '../load/send.ts';
import { acceptAnswer } from './engine-http.ts';
import type { Targets } from './targets.ts';

/** What every request of a run shares. */
export interface ChatSetting {
  targets: Pick<Targets, 'model' | 'access'> & Partial<Pick<Targets, 'servedByHeaders'>>;
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
 * @throws KvcacheError as `withOnePrompt` and `acceptAnswer`; the signal's reason when aborted
 */
export async function mustChat(request: ChatRequest, setting: ChatSetting): Promise<Answer> {
  const { targets, timeoutMs } = setting;
  const { url, prompt, outputTokens: maxTokens } = request;
  const { model, access, servedByHeaders } = targets;
  const asked = {
    url,
    prompt,
    model,
    maxTokens,
    stream: true,
    access,
    timeoutMs,
    servedByHeaders,
  };
  const answer = await withOnePrompt(asked, setting, (send) => send());
  acceptAnswer({ status: answer.sample.status!, text: answer.body }, `${url}/v1/chat/completions`);
  return answer;
}

/** The body that is tokenized must be the body that is sent. */
export function tokenizeBody(model: string, prompt: string): string {
  return JSON.stringify({ model, messages: [{ role: 'user', content: prompt }] });
}

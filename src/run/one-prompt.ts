import type { Clock } from '../base/clock.ts';
import { createChatClient } from '../load/chat-client.ts';
import { userPrompt } from '../load/prompts.ts';
import { chatRequest } from '../load/requests.ts';
import { UNLABELLED } from '../load/sample.ts';
import { type Answer, sendOne } from '../load/send.ts';
import { requireAnswer } from '../load/unanswered.ts';

/** A prompt, whom it is sent to and how. */
export interface OnePrompt {
  /** Base URL of the gateway or engine. */
  url: string;
  model: string;
  prompt: string;
  stream: boolean;
  /** Undefined: as many as the server likes. */
  maxTokens?: number | undefined;
  headers?: Readonly<Record<string, string>>;
  timeoutMs: number;
}

/**
 * Hands over a way to send one prompt again and again, over one connection.
 * @throws KvcacheError UNREACHABLE, TIMEOUT (kind target) where no answer comes at all; the signal's reason
 */
export async function withOnePrompt<Result>(
  { url, prompt, headers = {}, timeoutMs, ...asked }: OnePrompt,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  use: (send: () => Promise<Answer>) => Promise<Result>,
): Promise<Result> {
  const request = chatRequest(userPrompt(prompt), asked);
  const client = createChatClient({ baseUrl: url, headers, connections: 1 });
  const setting = { clock, signal, timeoutMs, originMs: clock.nowMs(), labels: UNLABELLED };
  try {
    return await use(async () => {
      const answer = await sendOne({ request, client }, setting);
      requireAnswer(answer.sample, url);
      return answer;
    });
  } finally {
    await client.close();
  }
}

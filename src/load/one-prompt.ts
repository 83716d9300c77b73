import type { Clock } from '../base/clock.ts';
import type { Access } from '../net/access.ts';
import { createChatClient } from './chat-client.ts';
import { userPrompt } from './prompts.ts';
import { chatRequest } from './requests.ts';
import { UNLABELLED } from './sample.ts';
import { type Answer, sendOne } from './send.ts';
import { requireAnswer } from './unanswered.ts';

/** A prompt, whom it is sent to and how. */
export interface OnePrompt {
  /** Base URL of the gateway or engine. */
  url: string;
  model: string;
  prompt: string;
  stream: boolean;
  /** Undefined: as many as the server likes. */
  maxTokens?: number | undefined;
  access?: Access;
  timeoutMs: number;
  /** As `SendSetting` has them. */
  servedByHeaders?: readonly string[] | undefined;
}

/**
 * Hands over a way to send one prompt again and again, over one connection.
 * @throws KvcacheError UNREACHABLE, TIMEOUT (kind target) where no answer comes at all; the signal's reason
 */
export async function withOnePrompt<Result>(
  { url, prompt, access, timeoutMs, servedByHeaders, ...asked }: OnePrompt,
  { clock, signal }: { clock: Clock; signal?: AbortSignal | undefined },
  use: (send: () => Promise<Answer>) => Promise<Result>,
): Promise<Result> {
  const request = chatRequest(userPrompt(prompt), asked);
  const client = createChatClient({ baseUrl: url, ...access, connections: 1 });
  const originMs = clock.nowMs();
  const setting = { clock, signal, timeoutMs, originMs, servedByHeaders, labels: UNLABELLED };
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

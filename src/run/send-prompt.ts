import type { Prompt } from '../load/prompts.ts';
import { chatRequest } from '../load/requests.ts';
import { latencyMs, type Sample, ttftMs, UNLABELLED } from '../load/sample.ts';
import { sendOne, type SendSetting } from '../load/send.ts';
import type { LoadClient } from '../net/load-client.ts';
import type { SentRequest } from './evidence.ts';

/** A prompt of a set, with its place in it. */
export interface SetPrompt {
  prompt: Prompt;
  promptKey: string;
  groupKey: string;
}

export interface StepSetting extends Pick<SendSetting, 'clock' | 'signal'> {
  step: string;
  model: string;
  maxTokens: number;
  client: LoadClient;
}

const REQUEST_TIMEOUT_MS = 20_000;

/** Sends one prompt as a stream and tells what came back; only an abort throws. */
export async function sendPrompt(
  { prompt, promptKey, groupKey }: SetPrompt,
  { step, model, maxTokens, client, clock, signal }: StepSetting,
): Promise<SentRequest> {
  const request = chatRequest(prompt, { model, maxTokens, stream: true });
  const startMs = clock.nowMs();
  const { sample, text } = await sendOne(
    { request, client },
    { clock, signal, originMs: startMs, timeoutMs: REQUEST_TIMEOUT_MS, labels: UNLABELLED },
  );
  const { status, servedBy, promptTokens, cachedTokens, predictedTokens, reason } = sample;
  return {
    step,
    promptKey,
    groupKey,
    failure: failureOf(sample),
    status,
    servedBy,
    promptTokens,
    cachedTokens,
    predictedTokens,
    reason,
    ttftMs: ttftMs(sample),
    latencyMs: latencyMs(sample),
    startMs,
    answer: text,
  };
}

/** The gateway itself stays up: a connection that breaks is an answer that was under way. */
function failureOf({ failure }: Sample): SentRequest['failure'] {
  if (failure === undefined) return undefined;
  return failure === 'http' || failure === 'timeout' ? 'unanswered' : 'cut';
}

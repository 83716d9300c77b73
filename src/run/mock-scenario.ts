import type { Clock } from '../base/clock.ts';
import { type Check, type Outcome, worstOutcome } from '../base/outcome.ts';
import { pollUntil } from '../base/poll.ts';
import { createChatClient } from '../load/chat-client.ts';
import { userPrompt } from '../load/prompts.ts';
import { chatRequest } from '../load/requests.ts';
import { UNLABELLED } from '../load/sample.ts';
import { type Answer, sendOne } from '../load/send.ts';
import { requireAnswer } from '../load/unanswered.ts';
import type { MockStack } from '../stack/mock-stack.ts';
import {
  holds,
  isServedByPreferred,
  judgeMock,
  LOOKUP_CALLED,
  type MockEvidence,
  PIN_CALLED,
  PREFERRED_CHATTED,
  SERVED_BY_PREFERRED,
  TOKENIZE_CALLED,
} from './mock-checks.ts';
import { type MockStats, readStats, resetBackends } from '../stack/mock-stats.ts';

export interface MockDriveOptions {
  clock: Clock;
  /** The gateway works in the background after it answered; this is how long a check may stay open. */
  settleDeadlineMs: number;
  onEvent: (event: MockEvent) => void;
}

/** What happens on the way to the verdict, for whoever shows progress. */
export type MockEvent =
  | { type: 'request'; number: 1 | 2 }
  | { type: 'answered'; answer: Answer }
  /** One check more holds already; one that fails does so at the end only. */
  | { type: 'held'; id: string };

export interface MockVerdict extends MockEvidence {
  checks: Check[];
  outcome: Outcome;
}

const MODEL = 'mock-model';
const PROMPT = 'Please explain how the KV cache of a language model is shared between requests.';
const CHAT_TIMEOUT_MS = 30_000;

/**
 * The old sample: the same prompt twice, and what gateway, engines and controller then know.
 * @throws KvcacheError of kind target when a server cannot be reached; the stack's reason when a child dies
 */
export async function driveMock(stack: MockStack, options: MockDriveOptions): Promise<MockVerdict> {
  await resetBackends(stack);
  const settle = settling(stack, options);
  const first = await send(1, stack, options);
  await settle((stats) => holds(TOKENIZE_CALLED, stats) && isFirstLookupDone(stats));
  const second = await send(2, stack, options);
  if (isServedByPreferred(second)) options.onEvent({ type: 'held', id: SERVED_BY_PREFERRED });
  const stats = await settle((it) => CLAIMS.every((claim) => holds(claim, it)));
  const evidence: MockEvidence = { answers: [first, second], stats };
  const checks = judgeMock(evidence);
  return { ...evidence, checks, outcome: worstOutcome(checks.map(({ outcome }) => outcome)) };
}

async function send(
  number: 1 | 2,
  stack: MockStack,
  { clock, onEvent }: MockDriveOptions,
): Promise<Answer> {
  onEvent({ type: 'request', number });
  const { url } = stack.gateway;
  const request = chatRequest(userPrompt(PROMPT), { model: MODEL, stream: false });
  const client = createChatClient({ baseUrl: url, connections: 1 });
  try {
    const answer = await sendOne(
      { request, client },
      {
        clock,
        originMs: clock.nowMs(),
        timeoutMs: CHAT_TIMEOUT_MS,
        labels: UNLABELLED,
        signal: stack.signal,
      },
    );
    requireAnswer(answer.sample, url);
    onEvent({ type: 'answered', answer });
    return answer;
  } finally {
    await client.close();
  }
}

/** Polls the counters until a condition holds, at most until the deadline; returns the last ones seen. */
function settling(stack: MockStack, { clock, settleDeadlineMs, onEvent }: MockDriveOptions) {
  const open = new Set(CLAIMS);
  const look = async (): Promise<MockStats> => {
    const stats = await readStats(stack);
    for (const claim of open) {
      if (!holds(claim, stats)) continue;
      open.delete(claim);
      onEvent({ type: 'held', id: claim.id });
    }
    return stats;
  };
  return async (isSettled: (stats: MockStats) => boolean): Promise<MockStats> => {
    let last = await look();
    const probe = async (): Promise<true | undefined> => {
      if (isSettled(last)) return true;
      last = await look();
      return isSettled(last) ? true : undefined;
    };
    await pollUntil(probe, { clock, deadlineMs: settleDeadlineMs, signal: stack.signal });
    return last;
  };
}

/** The lookup after request 1 comes last of what request 2 depends on. */
function isFirstLookupDone(stats: MockStats): boolean {
  return holds({ ...LOOKUP_CALLED, min: 1 }, stats);
}

const CLAIMS = [TOKENIZE_CALLED, LOOKUP_CALLED, PIN_CALLED, PREFERRED_CHATTED];

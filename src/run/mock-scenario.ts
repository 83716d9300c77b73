import type { Clock } from '../base/clock.ts';
import { type Check, type Outcome, worstOutcome } from '../base/outcome.ts';
import { pollUntil } from '../base/poll.ts';
import { exchangeChat, type ChatExchange } from '../net/chat-exchange.ts';
import type { MockStack } from '../stack/mock-stack.ts';
import {
  holds,
  judgeMock,
  LOOKUP_CALLED,
  type MockEvidence,
  PIN_CALLED,
  PREFERRED_CHATTED,
  TOKENIZE_CALLED,
} from './mock-checks.ts';
import { type MockStats, readStats, resetBackends } from '../stack/mock-stats.ts';

export interface MockDriveOptions {
  clock: Clock;
  /** The gateway works in the background after it answered; this is how long a check may stay open. */
  settleDeadlineMs: number;
}

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
  const first = await send(stack, options.clock);
  await settle(
    stack,
    options,
    (stats) => holds(TOKENIZE_CALLED, stats) && isFirstLookupDone(stats),
  );
  const second = await send(stack, options.clock);
  const stats = await settle(stack, options, isAllSettled);
  const evidence: MockEvidence = { exchanges: [first, second], stats };
  const checks = judgeMock(evidence);
  return { ...evidence, checks, outcome: worstOutcome(checks.map(({ outcome }) => outcome)) };
}

function send(stack: MockStack, clock: Clock): Promise<ChatExchange> {
  return exchangeChat({
    url: stack.gateway.url,
    model: MODEL,
    prompt: PROMPT,
    stream: false,
    timeoutMs: CHAT_TIMEOUT_MS,
    clock,
    signal: stack.signal,
  });
}

/** Polls the counters until `isSettled`, at most until the deadline; returns the last ones seen. */
async function settle(
  stack: MockStack,
  { clock, settleDeadlineMs }: MockDriveOptions,
  isSettled: (stats: MockStats) => boolean,
): Promise<MockStats> {
  let last = await readStats(stack);
  const probe = async (): Promise<true | undefined> => {
    if (isSettled(last)) return true;
    last = await readStats(stack);
    return isSettled(last) ? true : undefined;
  };
  await pollUntil(probe, { clock, deadlineMs: settleDeadlineMs, signal: stack.signal });
  return last;
}

/** The lookup after request 1 comes last of what request 2 depends on. */
function isFirstLookupDone(stats: MockStats): boolean {
  return holds({ ...LOOKUP_CALLED, min: 1 }, stats);
}

function isAllSettled(stats: MockStats): boolean {
  return [TOKENIZE_CALLED, LOOKUP_CALLED, PIN_CALLED, PREFERRED_CHATTED].every((claim) =>
    holds(claim, stats),
  );
}

import type { Clock } from '../base/clock.ts';
import { type Check, type Outcome, worstOutcome } from '../base/outcome.ts';
import { pollUntil } from '../base/poll.ts';
import type { Answer } from '../load/send.ts';
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
import { withOnePrompt } from '../load/one-prompt.ts';

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

export const SAMPLE_PROMPT =
  'Please explain how the KV cache of a language model is shared between requests.';
const CALL = {
  model: 'mock-model',
  prompt: SAMPLE_PROMPT,
  stream: false,
  timeoutMs: 30_000,
};

/**
 * The old sample: the same prompt twice, and what gateway, engines and controller then know.
 * @throws KvcacheError of kind target when a server cannot be reached; the stack's reason when a child dies
 */
export async function driveMock(stack: MockStack, options: MockDriveOptions): Promise<MockVerdict> {
  await resetBackends(stack);
  const settle = settling(stack, options);
  const { clock, onEvent } = options;
  const call = { ...CALL, url: stack.gateway.url };
  const answers = await withOnePrompt(call, { clock, signal: stack.signal }, async (send) => {
    const request = async (number: 1 | 2): Promise<Answer> => {
      onEvent({ type: 'request', number });
      const answer = await send();
      onEvent({ type: 'answered', answer });
      return answer;
    };
    const first = await request(1);
    await settle((stats) => holds(TOKENIZE_CALLED, stats) && isFirstLookupDone(stats));
    return [first, await request(2)] as const;
  });
  if (isServedByPreferred(answers[1])) onEvent({ type: 'held', id: SERVED_BY_PREFERRED });
  const stats = await settle((it) => CLAIMS.every((claim) => holds(claim, it)));
  const checks = judgeMock({ answers, stats });
  const outcome = worstOutcome(checks.map((check) => check.outcome));
  return { answers, stats, checks, outcome };
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

import { type Check, type Outcome, worstOutcome } from '../../base/outcome.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import { pollUntil } from '../../base/poll.ts';
import type { Answer } from '../../load/send.ts';
import {
  type AdminBackends,
  counter,
  type MockStats,
  readStats,
  resetBackends,
} from '../../stack/mock-stats.ts';
import { type Expectations, judgeRequests } from './expectations.ts';
import { type OnePrompt, withOnePrompt } from '../../load/one-prompt.ts';

export interface RequestPlan extends OnePrompt {
  /** How often the same request is sent, one after the other. */
  count: number;
  /** Between two requests: a gateway learns a prompt in the background after it answered. */
  pauseMs: number;
  expectations: Expectations;
  /** The sample's backends: reset before, read after. Undefined for a real deployment. */
  backends: Omit<AdminBackends, 'signal'> | undefined;
}

export interface RequestResult {
  answers: Answer[];
  stats: MockStats | undefined;
  checks: Check[];
  outcome: Outcome;
}

export interface RequestSurroundings {
  clock: Clock;
  signal: AbortSignal;
  /** Told of each answer as it comes. */
  onAnswer: (answer: Answer, number: number) => void;
}

/**
 * Sends one prompt `count` times and tells who served each.
 * @throws KvcacheError UNREACHABLE, TIMEOUT (no answer at all), RESET_FAILED, NOT_JSON (kind target); the signal's reason
 */
export async function sendRequests(
  plan: RequestPlan,
  surroundings: RequestSurroundings,
): Promise<RequestResult> {
  const backends = plan.backends && { ...plan.backends, signal: surroundings.signal };
  if (backends) await resetBackends(backends);
  const answers: Answer[] = [];
  await withOnePrompt(plan, surroundings, async (send) => {
    for (let number = 1; number <= plan.count; number++) {
      if (number > 1) await pause(plan.pauseMs, backends, surroundings);
      const answer = await send();
      surroundings.onAnswer(answer, number);
      answers.push(answer);
    }
  });
  const stats = backends && (await readStats(backends));
  const checks = judgeRequests(answers, plan.expectations);
  return { answers, stats, checks, outcome: worstOutcome(checks.map(({ outcome }) => outcome)) };
}

/** Where the controller's counters can be read, the pause ends as soon as it has seen the lookup. */
async function pause(
  pauseMs: number,
  backends: AdminBackends | undefined,
  { clock, signal }: RequestSurroundings,
): Promise<void> {
  if (backends === undefined) return sleep(clock, pauseMs, signal);
  const hasLookedUp = async (): Promise<true | undefined> =>
    (counter((await readStats(backends)).controller, 'lookup_calls') ?? 0) > 0 ? true : undefined;
  await pollUntil(hasLookedUp, { clock, deadlineMs: pauseMs, signal });
}

import { type Check, type Outcome, worstOutcome } from '../../base/outcome.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import { pollUntil } from '../../base/poll.ts';
import { createChatClient } from '../../load/chat-client.ts';
import { userPrompt } from '../../load/prompts.ts';
import { chatRequest } from '../../load/requests.ts';
import { UNLABELLED } from '../../load/sample.ts';
import { type Answer, sendOne } from '../../load/send.ts';
import { requireAnswer } from '../../load/unanswered.ts';
import {
  type AdminBackends,
  counter,
  type MockStats,
  readStats,
  resetBackends,
} from '../../stack/mock-stats.ts';
import { type Expectations, judgeRequests } from './expectations.ts';

export interface RequestPlan {
  /** Base URL of the gateway or engine. */
  url: string;
  model: string;
  prompt: string;
  /** How often the same request is sent, one after the other. */
  count: number;
  /** Between two requests: a gateway learns a prompt in the background after it answered. */
  pauseMs: number;
  stream: boolean;
  maxTokens?: number | undefined;
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
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
  const answers = await answersTo(plan, backends, surroundings);
  const stats = backends && (await readStats(backends));
  const checks = judgeRequests(answers, plan.expectations);
  return { answers, stats, checks, outcome: worstOutcome(checks.map(({ outcome }) => outcome)) };
}

async function answersTo(
  plan: RequestPlan,
  backends: AdminBackends | undefined,
  surroundings: RequestSurroundings,
): Promise<Answer[]> {
  const { url: baseUrl, headers, timeoutMs } = plan;
  const { clock, signal } = surroundings;
  const request = chatRequest(userPrompt(plan.prompt), plan);
  const client = createChatClient({ baseUrl, headers, connections: 1 });
  const setting = { clock, signal, timeoutMs, originMs: clock.nowMs(), labels: UNLABELLED };
  const answers: Answer[] = [];
  try {
    for (let number = 1; number <= plan.count; number++) {
      if (number > 1) await pause(plan.pauseMs, backends, surroundings);
      const answer = await sendOne({ request, client }, setting);
      requireAnswer(answer.sample, baseUrl);
      surroundings.onAnswer(answer, number);
      answers.push(answer);
    }
  } finally {
    await client.close();
  }
  return answers;
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

import { type Check, type Outcome, worstOutcome } from '../base/outcome.ts';
import { type Clock, sleep } from '../base/clock.ts';
import { pollUntil } from '../base/poll.ts';
import { type ChatExchange, exchangeChat } from '../net/chat-exchange.ts';
import {
  type AdminBackends,
  counter,
  type MockStats,
  readStats,
  resetBackends,
} from '../stack/mock-stats.ts';
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
  exchanges: ChatExchange[];
  stats: MockStats | undefined;
  checks: Check[];
  outcome: Outcome;
}

export interface RequestSurroundings {
  clock: Clock;
  signal: AbortSignal;
  /** Told of each answer as it comes. */
  onExchange: (exchange: ChatExchange, number: number) => void;
}

/**
 * Sends one prompt `count` times and tells who served each.
 * @throws KvcacheError UNREACHABLE, TIMEOUT, RESET_FAILED, NOT_JSON (kind target); the signal's reason
 */
export async function sendRequests(
  plan: RequestPlan,
  surroundings: RequestSurroundings,
): Promise<RequestResult> {
  const { clock, signal } = surroundings;
  const backends = plan.backends && { ...plan.backends, signal };
  if (backends) await resetBackends(backends);
  const exchanges: ChatExchange[] = [];
  for (let number = 1; number <= plan.count; number++) {
    if (number > 1) await pause(plan.pauseMs, backends, surroundings);
    const exchange = await exchangeChat({ ...plan, clock, signal });
    surroundings.onExchange(exchange, number);
    exchanges.push(exchange);
  }
  const stats = backends && (await readStats(backends));
  const checks = judgeRequests(exchanges, plan.expectations);
  return { exchanges, stats, checks, outcome: worstOutcome(checks.map(({ outcome }) => outcome)) };
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

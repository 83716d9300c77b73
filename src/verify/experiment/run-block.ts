import { pollUntil } from '../../base/poll.ts';
import type { FailureClass } from '../../load/sample.ts';
import type { ChatExchange } from '../../target/chat.ts';
import {
  type Admission,
  type BlockPlan,
  type PlannedRequest,
  awaitAdmission,
  planRequest,
} from './block.ts';
import { decisionOf, sendChat } from '../../target/chat.ts';
import { type CounterSnapshot, counterDelta, takeSnapshot } from '../../target/counters.ts';
import type { Deployment } from '../../target/deployment.ts';
import type { BlockCount } from '../evidence/foreign-traffic.ts';
import { inParallel } from './in-parallel.ts';
import { type Observation, sumOf } from '../evidence/observation.ts';
import { type Attempt, attempt } from '../../base/attempt.ts';
import type { PromptMaker } from './prompts.ts';
import { cachedTokensClaim, claimsOf, servedBy } from '../evidence/served-by.ts';
import { TIMING } from '../../target/timing.ts';

export interface BlockRunner {
  deployment: Deployment;
  maker: PromptMaker;
  outputTokens: number;
  /** How arm B is made: a policy our gateway obeys, or engines in turn without it. */
  routingOff: 'policy-header' | 'direct';
  admissionDeadlineMs: number;
  /** Takes every measured request as soon as it is answered: what ends the run must not lose it. */
  record: (observation: Observation) => void;
}

export interface BlockResult {
  observations: Observation[];
  count: BlockCount;
  cost: { requests: number; promptTokens: number; outputTokens: number };
  /** Did the controller list anything at all? */
  isAdmitted: boolean;
}

/**
 * One block: plan, look at the counters, prime (unmeasured), wait for the controller, measure, let
 * everything settle, look at the counters again. Nothing else of ours runs meanwhile.
 */
export async function runBlock(runner: BlockRunner, plan: BlockPlan): Promise<BlockResult> {
  const { deployment, maker } = runner;
  const indices = Array.from({ length: plan.requests }, (_, index) => index);
  const requests = await inParallel(indices, plan.concurrency, (index) =>
    planRequest(deployment, maker, { ...plan, index }),
  );
  const before = await snapshot(deployment);
  const primed = await inParallel(requests, plan.concurrency, (request) =>
    prime(deployment, request),
  );
  // One deadline for all: a controller that lists nothing must not be waited for by each.
  const endMs = deployment.clock.nowMs() + runner.admissionDeadlineMs;
  const admissions = await inParallel(requests, plan.concurrency, (request) =>
    awaitAdmission(deployment, request, Math.max(0, endMs - deployment.clock.nowMs())),
  );
  const observations = await inParallel(requests, plan.concurrency, async (request, index) => {
    const measured = { request, admission: admissions[index]!, index };
    const observation = await measure(runner, plan, measured);
    runner.record(observation);
    return observation;
  });
  const answered = observations.filter((it) => !it.isError).length;
  const ownRequests = primed.filter(Boolean).length + answered;
  return {
    observations,
    count: {
      arm: plan.arm,
      round: plan.round,
      primes: tally(requests.filter((_, index) => primed[index]).map((it) => it.holder.id)),
      ownRequests,
      ownThroughGateway: isThroughGateway(runner, plan) ? observations.length : 0,
      delta: await settledDelta(deployment, before, ownRequests),
    },
    cost: {
      requests: 2 * requests.length,
      promptTokens: 2 * sumOf(requests, (it) => it.promptTokens),
      outputTokens: requests.length + sumOf(observations, (it) => it.outputTokens),
    },
    isAdmitted: admissions.some((it) => it.lookupId !== null),
  };
}

function tally(ids: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

function isThroughGateway({ routingOff }: BlockRunner, { arm }: BlockPlan): boolean {
  return arm === 'D' ? false : arm !== 'B' || routingOff === 'policy-header';
}

async function prime({ chat }: Deployment, request: PlannedRequest): Promise<boolean> {
  const sent = await attempt(() =>
    sendChat({ url: request.holder.url, prompt: request.pair.prime, outputTokens: 1 }, chat),
  );
  return sent.value?.status === 200;
}

interface Measured {
  request: PlannedRequest;
  admission: Admission;
  index: number;
}

async function measure(
  runner: BlockRunner,
  plan: BlockPlan,
  { request, admission, index }: Measured,
): Promise<Observation> {
  const { deployment, outputTokens } = runner;
  const { url, direct, policy } = routeOf(runner, plan, { request, index });
  const startMs = deployment.clock.nowMs();
  // A failed request is a measurement too; only an abort ends the block.
  const settled = await attempt(() =>
    sendChat({ url, prompt: request.pair.measured, outputTokens, policy }, deployment.chat),
  );
  const elapsedMs = deployment.clock.nowMs() - startMs;
  const failure = failureOf(settled);
  const exchange = settled.value;
  const claims =
    failure === null && exchange ? collectClaims(deployment, request, { exchange, direct }) : {};
  const verdict = servedBy(claims);
  return {
    arm: plan.arm,
    round: plan.round,
    requestId: request.id,
    startMs,
    holderId: request.holder.id,
    ...admission,
    servedBy: verdict.servedBy,
    servedSource: verdict.source,
    claims,
    promptTokens: exchange?.usage.promptTokens ?? request.promptTokens,
    sharedTokens: request.sharedTokens,
    reusableTokens: request.reusableTokens,
    ...answerFigures(exchange),
    ttftMs: exchange?.ttftMs ?? elapsedMs,
    latencyMs: exchange?.latencyMs ?? elapsedMs,
    status: exchange?.status ?? null,
    failure,
    isError: failure !== null,
  };
}

function collectClaims(
  { engines }: Deployment,
  request: PlannedRequest,
  { exchange, direct }: { exchange: ChatExchange; direct: string | undefined },
): Observation['claims'] {
  const told = cachedTokensClaim(request, exchange, engines);
  return {
    ...claimsOf(exchange, engines),
    ...(told !== undefined && { 'cached-tokens': told }),
    ...(direct !== undefined && { direct }),
  };
}

function answerFigures(
  exchange: ChatExchange | undefined,
): Pick<Observation, 'cachedTokens' | 'predictedTokens' | 'reason' | 'outputTokens'> {
  if (!exchange)
    return { cachedTokens: null, predictedTokens: null, reason: null, outputTokens: 0 };
  const { predictedTokens, reason } = decisionOf(exchange);
  return {
    cachedTokens: exchange.usage.cachedTokens ?? null,
    predictedTokens,
    reason,
    outputTokens: exchange.usage.completionTokens ?? 0,
  };
}

function routeOf(
  { deployment, routingOff }: BlockRunner,
  { arm }: BlockPlan,
  { request, index }: Pick<Measured, 'request' | 'index'>,
): { url: string; direct?: string; policy?: string } {
  if (arm === 'D') return { url: request.holder.url, direct: request.holder.id };
  if (arm !== 'B') return { url: deployment.gateway.url };
  if (routingOff === 'policy-header') {
    return { url: deployment.gateway.url, policy: 'round-robin' };
  }
  const engine = deployment.engines[index % deployment.engines.length]!;
  return { url: engine.url, direct: engine.id };
}

function failureOf({ value, error }: Attempt<ChatExchange>): FailureClass | null {
  if (error) return FAILURES[error.code] ?? 'protocol';
  return value.failure ?? null;
}

const FAILURES: Readonly<Record<string, FailureClass>> = {
  TIMEOUT: 'timeout',
  UNREACHABLE: 'connect',
  TLS_FAILED: 'connect',
};

function snapshot({ targets, gateway, chat }: Deployment): Promise<CounterSnapshot> {
  return takeSnapshot({
    // Two ids at one address are one engine, whose requests must not be counted twice.
    engines: targets.engines
      .filter((it, index, all) => all.findIndex(({ address }) => address === it.address) === index)
      .map(({ id, url }) => ({ id, metricsUrl: `${url}/metrics` })),
    gatewayMetricsUrl: gateway.metricsUrl,
    timeoutMs: targets.timeoutMs,
    signal: chat.signal,
  });
}

/** Counters lag behind the answers: asked until they have caught up with our own requests. */
async function settledDelta(
  deployment: Deployment,
  before: CounterSnapshot,
  ownRequests: number,
): Promise<CounterSnapshot> {
  let delta = counterDelta(before, before);
  const hasCounters = Object.values(before.engines).some((it) => it.requests !== null);
  await pollUntil(
    async () => {
      delta = counterDelta(before, await snapshot(deployment));
      const seen = sumOf(Object.values(delta.engines), (it) => it.requests ?? 0);
      return seen >= ownRequests || !hasCounters ? true : undefined;
    },
    {
      clock: deployment.clock,
      deadlineMs: TIMING.settleDeadlineMs,
      intervalMs: TIMING.settlePollMs,
      signal: deployment.chat.signal,
    },
  );
  return delta;
}

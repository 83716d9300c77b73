import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { accessBy } from '../../src/net/access.ts';
import { FleetProbe } from '../../src/watch/probe/fleet-probe.ts';
import { parseProbePlan, type ProbePlan } from '../../src/watch/probe/plan.ts';
import { startTestGateway } from '../helpers/gateway.ts';
import { startTestFleet } from '../helpers/mock-fleet.ts';

const stages: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of stages.splice(0).reverse()) await end();
});

/** Four engines behind a gateway of that policy, and a probe of it that never waits long. */
async function setStage(policy: string, plan: Partial<ProbePlan> = {}): Promise<FleetProbe> {
  const fleet = await startTestFleet({ engines: [{ count: 4, profile: { base: 'instant' } }] });
  stages.push(() => fleet.close());
  const gateway = await startTestGateway({
    endpoints: fleet.urls.engines.map((url, at) => ({ id: `e-${at}`, port: +new URL(url).port })),
    lbPolicy: 'RoundRobin',
    filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${fleet.urls.engines[0]}", lmcache_endpoint: "${fleet.urls.controller}"}}`,
    extension: `{routing: {policy: ${policy}}}`,
  });
  stages.push(() => gateway.close());
  const probe = new FleetProbe({
    plan: { ...parseProbePlan(''), everyMs: 20, tokensPerHour: 1e6, ...plan },
    gatewayUrl: gateway.url,
    findModel: async () => 'mock-model',
    access: accessBy(''),
    timeoutMs: 5_000,
    clock: systemClock,
    seed: 7,
  });
  const stop = new AbortController();
  const running = probe.run(stop.signal).catch(() => {});
  stages.push(() => {
    stop.abort();
    return running;
  });
  return probe;
}

const until = async (probe: () => boolean): Promise<void> => {
  await pollUntil(async () => probe() || undefined, { clock: systemClock, deadlineMs: 10_000 });
};

it('finds every repeat behind a gateway that brings prompts to who holds them', async () => {
  const { counts } = await setStage('prefix');
  await until(() => counts.repeats >= 24);
  expect(counts).toMatchObject({ found: counts.repeats, failures: 0, skippedBusy: 0 });
  expect(counts.tokens / counts.requests).toBeLessThan(110);
});

it('finds what chance finds behind one that takes turns', async () => {
  const { counts } = await setStage('round-robin');
  await until(() => counts.repeats >= 60);
  expect(counts.found / counts.repeats).toBeGreaterThan(0.05);
  expect(counts.found / counts.repeats).toBeLessThan(0.5);
});

it('asks no more than the tokens of an hour allow', async () => {
  const plan = parseProbePlan('');
  const { counts } = await setStage('prefix', { tokensPerHour: 2.5 * 24 * plan.promptTokens });
  await until(() => counts.skippedBudget >= 3);
  expect(counts.requests).toBe(2 * 24);
  expect(counts.tokens).toBeLessThanOrEqual(2.5 * 24 * plan.promptTokens);
});

it('does not ask while requests wait at an engine', async () => {
  const probe = await setStage('prefix');
  probe.see({ engines: { a: { counts: {} as never, prefixCaching: true, waiting: 2 } } });
  const { requests } = probe.counts;
  await until(() => probe.counts.skippedBusy >= 3);
  expect(probe.counts.requests).toBeLessThanOrEqual(requests + 24);
  probe.see({ engines: { a: null } });
  await until(() => probe.counts.repeats >= 12);
});

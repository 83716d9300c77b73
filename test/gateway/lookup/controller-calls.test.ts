import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { Breaker } from '../../../src/gateway/lookup/breaker.ts';
import { ControllerCalls } from '../../../src/gateway/lookup/controller-calls.ts';
import { ControllerClient } from '../../../src/net/controller/controller-client.ts';
import { arrayController, type Script, startScripted } from '../../helpers/routing-rig.ts';

const BUDGET = { timeoutMs: 10_000 };
const tokens = { json: '[1,2,3]', count: 3 };
const prompt = { tokens, model: 'm', cacheSalt: '' };

async function callsTo(script: Script, clock = systemClock) {
  const server = await startScripted(script);
  const client = new ControllerClient({
    baseUrl: server.url,
    clock,
    dialect: 'legacy',
    detectTimeoutMs: 1_000,
    connectionsMax: 0,
  });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const breaker = (): Breaker =>
    new Breaker({ failureThreshold: 5, recoveryTimeoutMs: 1_000, halfOpenMaxCalls: 1 }, () => 0);
  const calls = new ControllerCalls({
    client,
    clock,
    retry: { maxAttempts: 1, baseBackoffMs: 1, maxBackoffMs: 1 },
    breakerOf: { lookup: breaker(), pin: breaker(), compress: breaker(), evict: breaker() },
    onLookupTook: () => {},
  });
  return { calls, server };
}

const controller = arrayController({ 'engine-b': ['LocalCPUBackend', 3] });

it('shares a lookup between requests for the same tokens at the same time', async () => {
  const { calls, server } = await callsTo(controller);
  const ask = (): Promise<unknown>[] => [1, 2, 3].map(() => calls.lookupInPath(prompt, BUDGET));
  const layouts = await Promise.all(ask());
  expect(server.calls).toHaveLength(1);
  expect(new Set(layouts).size).toBe(1);
  await Promise.all(ask());
  expect(server.calls).toHaveLength(2);
});

it('shares none with another salt, model or prompt', async () => {
  const { calls, server } = await callsTo(controller);
  const others = [
    { ...prompt, cacheSalt: 'tenant' },
    { ...prompt, cacheSalt: 'other' },
    { ...prompt, model: 'n' },
    { ...prompt, tokens: { json: '[4]', count: 1 } },
  ];
  await Promise.all([prompt, ...others, prompt].map((it) => calls.lookupInPath(it, BUDGET)));
  expect(server.calls.length).toBeGreaterThanOrEqual(5);
});

it('waits for no lookup that is slow already', async () => {
  const clock = new VirtualClock();
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const { calls, server } = await callsTo(async (call) => {
    if (server.calls.length === 1) await released;
    return (await controller(call)) as { json: unknown };
  }, clock);
  const slow = calls.lookupInPath(prompt, BUDGET);
  clock.advanceBy(10);
  await calls.lookupInPath(prompt, BUDGET);
  expect(server.calls).toHaveLength(2);
  release();
  await slow;
});

it('fails all that share it, and asks anew for the next', async () => {
  let isDown = true;
  const { calls } = await callsTo((call) => (isDown ? { status: 500 } : controller(call)));
  const both = [calls.lookupInPath(prompt, BUDGET), calls.lookupInPath(prompt, BUDGET)];
  for (const { status } of await Promise.allSettled(both)) expect(status).toBe('rejected');
  isDown = false;
  await expect(calls.lookupInPath(prompt, BUDGET)).resolves.toMatchObject({ shape: 'array' });
});

import { afterEach, expect, it } from 'vitest';
import type { VerifyResult } from '../../../src/verify/result/result.ts';
import { engineTarget } from '../../../src/target/targets.ts';
import { startTestGateway } from '../../helpers/gateway.ts';
import { send, startTestFleet } from '../../helpers/mock-fleet.ts';
import { targetsOf } from '../../helpers/targets.ts';
import { verifyRig } from '../../helpers/verify-rig.ts';

const stages: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of stages.splice(0).reverse()) await end();
});

/** Judges our gateway's policy `events`, with two engines of which one may publish nothing. */
async function judged(isSilent: boolean): Promise<VerifyResult> {
  const profile = { base: 'instant', tier: null };
  const fleet = await startTestFleet({
    controller: null,
    engines: [{ count: 2, kvEvents: true, profile }],
  });
  stages.push(() => fleet.close());
  const engines = fleet.engines.map(({ id, url }) => engineTarget(id, url));
  const kvEvents = engines.map(({ id, url }) => ({
    endpointId: id,
    url: `${url}/__mock/events`,
    replay: '',
    topic: '',
  }));
  if (isSilent) await send(`${engines[1]!.url}/__mock/faults`, SILENCE, { method: 'PUT' });
  const sources = kvEvents.map(({ endpointId, url }) => `{endpoint: ${endpointId}, url: "${url}"}`);
  const gateway = await startTestGateway({
    endpoints: engines.map(({ id, url }) => ({ id, port: Number(new URL(url).port) })),
    filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${engines[0]!.url}"}}`,
    extension: `{routing: {policy: events, tokenize_timeout: 10s}, kv_events: {sources: [${sources.join(', ')}]}}`,
  });
  stages.push(() => gateway.close());
  const rig = {
    engines,
    controllerUrl: null,
    gateway: { url: gateway.url, metricsUrl: null, mode: 'running', logPath: null } as const,
  };
  return verifyRig(rig, {}, { targets: targetsOf({ engines, kvEvents }) });
}

const SILENCE = [{ do: { kvSilence: {} } }];

const stageOf = ({ funnel }: VerifyResult, id: string) => funnel?.stages.find((it) => it.id === id);

it('KV events name the holder, and say what was still held', async () => {
  const result = await judged(false);
  const { learns, lookup, events } = result.routing!;
  expect({ learns, lookup }).toEqual({ learns: 'index', lookup: null });
  expect(events!.asked).toBeGreaterThan(0);
  expect(events).toMatchObject({ namedHolder: events!.asked, strangers: [], impossible: 0 });
  expect(stageOf(result, 'held')).toMatchObject({
    lost: 0,
    evidence: 'KV events right before each of 16 requests',
  });
  expect(stageOf(result, 'known')!.evidence).toContain('16 of 16 predictions agree with KV events');
  expect(result.hitRate!.value).toBe(1);
});

it('and where an engine publishes nothing, that is the cause', async () => {
  const result = await judged(true);
  const { events } = result.routing!;
  expect(events!.namedHolder).toBeLessThan(events!.asked);
  expect(stageOf(result, 'held')!.evidence).toContain('sent straight to the holder');
  expect(result).toMatchObject({ outcome: 'fail', cause: { id: 'events-missing' } });
});

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { startTestGateway, type TestGateway } from '../helpers/gateway.ts';
import {
  arrayController,
  chat,
  type Script,
  type ScriptedServer,
  startScripted,
  wordEngine,
} from '../helpers/routing-rig.ts';

/** Failures of controller and tokenizer behind a whole gateway: every request must still be served. */
const CACHED = 4;
const legacy = arrayController({ 'engine-b': ['LocalCPUBackend', CACHED] });

/** Tokenizes by words and answers chats with what it would have cached. */
const engine =
  (id: string): Script =>
  (call) => {
    if (call.path === '/tokenize') return wordEngine(call);
    if (call.path === '/metrics') return { status: 404 };
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 1,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: CACHED - 1 },
    };
    return { json: { id: 'chatcmpl-1', object: 'chat.completion', served_by: id, usage } };
  };

interface Stage extends AsyncDisposable {
  engines: ScriptedServer[];
  controller: ScriptedServer;
  gateway: TestGateway;
}

async function setStage(kvcache: string, controllerPort = 0): Promise<Stage> {
  const engines = [await startScripted(engine('a')), await startScripted(engine('b'))];
  const controller = await startScripted(legacy, controllerPort);
  const gateway = await startTestGateway({
    endpoints: ['engine-a', 'engine-b'].map((id, index) => ({
      id,
      port: engines[index]!.port,
      llm: `api_key: key-of-${id}, fallback: true, retry_policy: {name: NoRetry}`,
    })),
    filters:
      '{name: dgp.filter.llm.tokenizer, config: {}}, ' +
      `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${engines[0]!.url}", ` +
      `lmcache_endpoint: "${controller.url}", token_cache: {enabled: true, max_size: 100, ttl: 10m}, ` +
      `circuit_breaker: {failure_threshold: 2, recovery_timeout: 50ms, half_open_max_calls: 1}, ${kvcache}}}`,
    extension: '{routing: {tokenize_timeout: 10s}}',
  });
  return {
    engines,
    controller,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await Promise.all([controller.close(), ...engines.map((it) => it.close())]);
    },
  };
}

const PATIENT = 'request_timeout: 10s, lookup_routing_timeout: 10s';

let serial = 0;
async function ask(stage: Stage): Promise<{ status: number; reason: string; servedBy: unknown }> {
  const answer = await fetch(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(chat(`request ${++serial} of the drill`)),
  });
  const { served_by: servedBy } = (await answer.json()) as { served_by?: unknown };
  return { status: answer.status, reason: answer.headers.get('x-kvcache-reason') ?? '', servedBy };
}

/** Asks until a reason is seen; every answer on the way must be a good one. */
async function askUntil(stage: Stage, reason: string): Promise<boolean> {
  const seen = await pollUntil(
    async () => {
      const answer = await ask(stage);
      expect(answer.status).toBe(200);
      return answer.reason === reason || undefined;
    },
    { clock: systemClock, deadlineMs: 10_000 },
  );
  return seen ?? false;
}

async function metric(stage: Stage, name: string): Promise<number | undefined> {
  const text = await (await fetch(stage.gateway.metricsUrl!)).text();
  const samples = parseMetrics(text).flatMap((family) => family.samples);
  return samples.find((it) => it.name === name)?.value;
}

describe('a controller', () => {
  it('that is killed and comes back: no request fails, steering resumes', async () => {
    await using stage = await setStage(PATIENT);
    expect(await ask(stage)).toEqual({ status: 200, reason: 'hit', servedBy: 'b' });
    await stage.controller.close();
    expect(await askUntil(stage, 'breaker-open')).toBe(true);
    const revived = await startScripted(legacy, stage.controller.port);
    expect(await askUntil(stage, 'hit')).toBe(true);
    await revived.close();
  });

  it('that is not there when the gateway starts: found when it comes', async () => {
    await using stage = await setStage(PATIENT);
    await stage.controller.close();
    expect((await ask(stage)).status).toBe(200);
    const late = await startScripted(legacy, stage.controller.port);
    expect(await askUntil(stage, 'hit')).toBe(true);
    await late.close();
  });

  it('that flaps: no request fails', async () => {
    await using stage = await setStage(PATIENT);
    await ask(stage);
    let calls = 0;
    stage.controller.script = (call) => (++calls % 2 ? 'reset' : legacy(call));
    for (let request = 0; request < 20; request++) {
      const answer = await ask(stage);
      expect(answer.status).toBe(200);
      expect(['hit', 'lookup-failed', 'breaker-open']).toContain(answer.reason);
    }
  });

  it('that hangs: requests wait no longer than the budget, then not at all', async () => {
    await using stage = await setStage('request_timeout: 100ms, lookup_routing_timeout: 100ms');
    await askUntil(stage, 'hit');
    stage.controller.script = () => 'hang';
    const reasons: string[] = [];
    const startMs = systemClock.nowMs();
    for (let request = 0; request < 10; request++) reasons.push((await ask(stage)).reason);
    expect(reasons).toContain('lookup-timeout');
    // Ten requests at 100 ms each, were there no breaker; the rest is for a busy machine.
    expect(systemClock.nowMs() - startMs).toBeLessThan(10_000);
  });
});

describe('a tokenizer', () => {
  it('that is down is replaced by the other engine, keys staying where they belong', async () => {
    await using stage = await setStage(PATIENT);
    await stage.engines[0]!.close();
    expect(await ask(stage)).toEqual({ status: 200, reason: 'hit', servedBy: 'b' });
    const atB = stage.engines[1]!.calls;
    expect(atB.map(({ path }) => path)).toContain('/tokenize');
    expect(new Set(atB.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer key-of-engine-b']),
    );
  });

  it('that is nowhere: requests are balanced instead', async () => {
    await using stage = await setStage(PATIENT);
    for (const [index, server] of stage.engines.entries()) {
      const serve = engine(String(index));
      server.script = (call) => (call.path === '/tokenize' ? { status: 503 } : serve(call));
    }
    const served = new Set<unknown>();
    for (let request = 0; request < 8; request++) {
      const answer = await ask(stage);
      expect(answer.status).toBe(200);
      expect(['tokenize-failed', 'breaker-open']).toContain(answer.reason);
      served.add(answer.servedBy);
    }
    expect(served.size).toBe(2);
  });
});

it('predicted and actual cached tokens are compared through the whole gateway', async () => {
  await using stage = await setStage(PATIENT);
  await ask(stage);
  expect(await metric(stage, 'kvcache_predicted_cached_tokens_total')).toBe(CACHED);
  expect(await metric(stage, 'kvcache_actual_cached_tokens_total')).toBe(CACHED - 1);
  // Five words were counted here, nine by the engine.
  expect(await metric(stage, 'kvcache_token_drift_tokens_total')).toBe(4);
});

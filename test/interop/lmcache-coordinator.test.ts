import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { Finding } from '../../src/base/outcome.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { examine } from '../../src/doctor/doctor.ts';
import { callHttp } from '../../src/net/call.ts';
import { freePort } from '../../src/stack/free-ports.ts';
import { engineTarget } from '../../src/target/targets.ts';
import { startTestGateway } from '../helpers/gateway.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';
import { targetsOf } from '../helpers/targets.ts';
import {
  COORDINATOR_CONTRACT,
  COORDINATOR_DECLARED,
  readCoordinatorContract,
  recordCoordinator,
} from './differential/coordinator-contract.ts';
import { contractText } from './differential/legacy-contract.ts';
import { startLoneController } from './differential/lone-controller.ts';
import { undeclaredBetween } from './differential/recorded.ts';
import { NEW_LMCACHE, newLmcache } from './lmcache-peers.ts';

// The first start reads gigabytes of Python: minutes on a busy machine.
const START_MS = 200_000;

/** Writes what the real part answers over the fixture instead of comparing with it. */
const isRecording = process.env['KVCACHE_INTEROP_RECORD'] === '1';

const python = newLmcache.missing === undefined ? newLmcache.python : '';

describe.skipIf(newLmcache.missing !== undefined)(`LMCache ${NEW_LMCACHE} coordinator`, () => {
  let child: ChildProcess;
  let url: string;
  let fleet: TestFleet | undefined;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const args = ['coordinator', '--host', '127.0.0.1', '--port', String(port)];
    child = spawn(join(dirname(python), 'lmcache'), args, { stdio: 'ignore' });
    const isUp = await pollUntil(
      () => callHttp({ url: `${url}/healthz`, timeoutMs: 2_000 }).catch(() => undefined),
      { clock: systemClock, deadlineMs: START_MS },
    );
    if (!isUp) throw new Error('the LMCache coordinator does not come up');
  }, START_MS + 10_000);

  afterAll(async () => {
    if (child.kill('SIGKILL')) await once(child, 'exit');
  });
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  it('answers as our mock and as recorded', async () => {
    const answers = await recordCoordinator(url);
    const mock = await startLoneController({ api: 'coordinator' });
    const mocked = await recordCoordinator(mock.url);
    await mock.close();
    expect(undeclaredBetween(answers, mocked, COORDINATOR_DECLARED)).toEqual([]);
    if (isRecording) writeFileSync(COORDINATOR_CONTRACT, contractText(answers));
    expect(undeclaredBetween(readCoordinatorContract(), answers, [])).toEqual([]);
  });

  const MODEL = '/models/interop';

  /** Engines that serve the model under another name, as `--served-model-name` does. */
  async function startEngines(): Promise<string[]> {
    const engines = [{ id: 'engine', count: 2, model: MODEL, servedModelName: 'interop' }];
    fleet = await startTestFleet({ controller: null, engines });
    for (const [index, id] of ['engine-a', 'engine-b'].entries()) {
      const { port } = new URL(fleet.urls.engines[index]!);
      await send(`${url}/instances`, { instance_id: id, ip: '127.0.0.1', http_port: port });
    }
    return fleet.urls.engines;
  }

  let seq = 0;
  const incarnation = Math.floor(systemClock.wallMs() / 1_000);

  /** Tells the coordinator that an instance holds the prompt's chunks, as its MP server would. */
  async function store(
    instance: string,
    tokens: readonly number[],
    worldSize: number,
    place: object = { tier: 'l1', backend: 'dram' },
  ): Promise<number> {
    const named = { model_name: MODEL, world_size: worldSize, token_ids: tokens };
    const { json } = await send(`${url}/directory/lookup`, named);
    const entries = json.results.map(({ key }: Json) => ({ key, size_bytes: 1_000 }));
    const origin = { instance_id: instance, incarnation, seq: ++seq, event_type: 'store' };
    const told = await send(`${url}/events`, { batches: [{ ...origin, ...place, entries }] });
    expect(told.json.applied).toBe(1);
    return json.chunks;
  }

  it.each([
    ['of one rank', 1],
    ['of two ranks', 2],
  ])(
    'steers a chat through the embedded gateway to the engine %s that holds it',
    async (_, size) => {
      const engines = await startEngines();
      const ports = engines.map((engine) => Number(new URL(engine).port));
      await using gateway = await startTestGateway({
        endpoints: ['engine-a', 'engine-b'].map((id, index) => ({ id, port: ports[index]! })),
        filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${engines[0]}", lmcache_endpoint: "${url}", lookup_routing_timeout: 2s}}`,
      });
      let chunks = 0;
      const ask = async (word: string, tell: boolean, place?: object): Promise<Headers> => {
        const text = Array.from({ length: 700 }, (_, index) => `${word}${size}x${index}`).join(' ');
        const chat = {
          model: 'interop',
          messages: [{ role: 'user', content: text }],
          max_tokens: 1,
        };
        const { json } = await send(`${engines[0]}/tokenize`, chat);
        if (tell) chunks = await store('engine-b', json.tokens, size, place);
        return (await send(`${gateway.url}/v1/chat/completions`, chat)).headers;
      };
      const held = await ask('held', true);
      expect(Object.fromEntries(held)).toMatchObject({
        'x-kvcache-reason': 'hit',
        'x-kvcache-endpoint': 'engine-b',
        'x-kvcache-cached-tokens': String(chunks * 256),
      });
      expect((await ask('unheld', false)).get('x-kvcache-reason')).toBe('no-holder');
      const shared = { tier: 'l2', backend: 's3', shared: true };
      expect((await ask('shared', true, shared)).get('x-kvcache-reason')).toBe('no-holder');
    },
  );

  it('is what the doctor says it is, with an engine that reports and with one that does not', async () => {
    const engines = await startEngines();
    const targets = targetsOf({
      engines: engines.map((engine, index) => engineTarget(`engine-${'ab'[index]}`, engine)),
      controllerUrl: url,
      model: 'interop',
    });
    const findings = async (nonce: string): Promise<Finding[]> =>
      examine({ targets, nonce, clock: systemClock });
    const ofNobody = await findings('silent');
    expect(outcomes(ofNobody)).toMatchObject({
      controller: 'pass',
      workers: 'pass',
      lookup: 'fail',
    });
    expect(ofNobody.find(({ id }) => id === 'lookup')!.remedy).not.toContain('PYTHONHASHSEED');
    const stop = reportFrom(fleet!, (tokens) => store('engine-a', tokens, 1));
    expect(outcomes(await findings('told'))).toMatchObject({
      controller: 'pass',
      workers: 'pass',
      lookup: 'pass',
      'instance-ids': 'pass',
    });
    stop();
  });
});

function outcomes(findings: readonly Finding[]): Record<string, string> {
  return Object.fromEntries(findings.map(({ id, outcome }) => [id, outcome]));
}

/** Stands for the MP server of the first engine. */
function reportFrom(fleet: TestFleet, tell: (tokens: number[]) => Promise<unknown>): () => void {
  return fleet.engines[0]!.core.onCacheEvent(({ location, event }) => {
    if (location !== 'GPU' && event.type === 'stored') void tell(event.tokens);
  });
}

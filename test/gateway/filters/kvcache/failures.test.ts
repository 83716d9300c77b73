import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { pollUntil } from '../../../../src/base/poll.ts';
import {
  arrayController,
  chat,
  eventually,
  type Rig,
  type Script,
  rigOf,
  startScripted,
  wordEngine,
} from '../../../helpers/routing-rig.ts';

const legacy = arrayController({ 'engine-b': ['LocalCPUBackend', 4] });
const breaker = { failure_threshold: 2, recovery_timeout: '100ms', half_open_max_calls: 1 };
/** Requests with prompts of their own, so that the token cache does not answer for the tokenizer. */
let serial = 0;
const fresh = (): object => chat(`prompt number ${++serial} of the drill`);

/** Sends until a request is steered: on a busy machine the first lookups may come too late. */
async function sendUntilHit(rig: Rig): Promise<boolean> {
  for (let request = 0; request < 20; request++) {
    if ((await rig.send(fresh())).decision.reason === 'hit') return true;
  }
  return false;
}

/** Sends until the breaker of `operation` is open; the request path must survive every one. */
async function sendUntilOpen(rig: Rig, operation: string): Promise<string[]> {
  const reasons: string[] = [];
  for (let request = 0; request < 10; request++) {
    const { decision } = await rig.send(fresh());
    reasons.push(decision.reason);
    if (rig.metric('kvcache_breaker_state', { operation }) === 2) break;
  }
  return reasons;
}

describe('a controller that fails', () => {
  const drills: [string, Script, string][] = [
    ['hangs up', () => 'reset', 'lookup-failed'],
    ['answers 500', () => ({ status: 500, json: { detail: '' } }), 'lookup-failed'],
    ['never answers', () => 'hang', 'lookup-timeout'],
  ];

  it.each(drills)(
    '%s: requests go on unsteered, then are not even tried',
    async (_what, script, reason) => {
      const rig = await rigOf({
        controller: legacy,
        kvcache: {
          circuit_breaker: { ...breaker, recovery_timeout: '60s' },
          lookup_routing_timeout: '300ms',
          request_timeout: '300ms',
        },
      });
      expect(await sendUntilHit(rig)).toBe(true);
      rig.controller.script = script;
      const reasons = await sendUntilOpen(rig, 'lookup');
      expect(reasons.every((it) => it === reason || it === 'breaker-open')).toBe(true);
      expect(reasons).toContain(reason);
      const lookups = rig.controller.calls.length;
      const { decision } = await rig.send(fresh());
      expect(decision).toMatchObject({ reason: 'breaker-open', endpointId: undefined });
      expect(rig.controller.calls).toHaveLength(lookups);
    },
  );

  it('hangs from the start: no request waits longer than a lookup may take', async () => {
    const rig = await rigOf({
      controller: () => 'hang',
      kvcache: {
        circuit_breaker: { ...breaker, recovery_timeout: '60s' },
        lookup_routing_timeout: '50ms',
      },
    });
    const { decision, tookMs } = await rig.send(fresh());
    expect(decision.reason).toBe('lookup-timeout');
    // Detecting may take the 10 s of request_timeout.
    expect(tookMs).toBeLessThan(5_000);
    expect(await sendUntilOpen(rig, 'lookup')).toContain('lookup-timeout');
    expect((await rig.send(fresh())).decision.reason).toBe('breaker-open');
  });

  it('was down at first: salted prompts alone find out that it is a coordinator', async () => {
    const rig = await rigOf({ controller: () => 'reset' });
    const salted = { ...fresh(), cache_salt: 's' };
    expect((await rig.send(salted)).decision.reason).toBe('salted');
    const answers: Record<string, object> = {
      '/healthz': { status: 'healthy' },
      '/instances': { instances: [] },
    };
    rig.controller.script = ({ path }) => ({
      json: answers[path] ?? { chunks: 0, results: [], total: 0, keys: [] },
    });
    const isLookedUp = async (): Promise<true | undefined> =>
      (await rig.send(salted)).decision.reason === 'no-holder' || undefined;
    expect(await pollUntil(isLookedUp, { clock: systemClock, deadlineMs: 5_000 })).toBe(true);
  });

  it.each(drills)('%s: steering resumes when it is well again', async (_what, script) => {
    const rig = await rigOf({
      controller: legacy,
      kvcache: {
        circuit_breaker: breaker,
        lookup_routing_timeout: '300ms',
        request_timeout: '300ms',
      },
    });
    expect(await sendUntilHit(rig)).toBe(true);
    rig.controller.script = script;
    await sendUntilOpen(rig, 'lookup');
    rig.controller.script = legacy;
    const reasons: string[] = [];
    const isWell = await eventually(() => {
      void rig.send(chat('are you well')).then(({ decision }) => reasons.push(decision.reason));
      return reasons.at(-1) === 'hit';
    });
    expect(isWell).toBe(true);
    expect(rig.metric('kvcache_breaker_state', { operation: 'lookup' })).toBe(0);
  });

  it('is not there at all: nothing waits for its backoff', async () => {
    const rig = await rigOf({
      kvcache: { lookup_routing_timeout: '60s', retry: { max_attempts: 3, base_backoff: '30s' } },
    });
    await rig.controller.close();
    const sent = await rig.send(fresh());
    expect(sent.decision.reason).toBe('lookup-failed');
    expect(sent.tookMs).toBeLessThan(10_000);
  });

  it('stays within the lookup budget however slow it is', async () => {
    const rig = await rigOf({
      controller: legacy,
      kvcache: { lookup_routing_timeout: '50ms', request_timeout: '60s' },
    });
    await rig.send(chat('warm'));
    rig.controller.script = () => 'hang';
    const sent = await rig.send(chat('warm'));
    expect(sent.decision.reason).toBe('lookup-timeout');
    // 50 ms of budget; the rest is what a busy test machine may add.
    expect(sent.tookMs).toBeGreaterThanOrEqual(49);
    expect(sent.tookMs).toBeLessThan(10_000);
  });

  it('speaks another wire: a state with a name, not a failure', async () => {
    const rig = await rigOf({ controller: () => ({ json: { object: 'list' } }) });
    for (let request = 0; request < 8; request++) {
      expect((await rig.send(fresh())).decision.reason).toBe('wrong-dialect');
    }
    expect(rig.metric('kvcache_breaker_state', { operation: 'lookup' })).toBe(0);
  });

  it('lies: matches beyond the prompt, strangers, endpoints that are down', async () => {
    const rig = await rigOf({
      controller: arrayController({ 'engine-b': ['x', 1_000_000], ghost: ['x', 2_000_000] }),
    });
    const first = await rig.send(chat('three words here'));
    expect(first.decision).toMatchObject({ endpointId: 'engine-b', predictedCachedTokens: 3 });
    rig.cluster.byId.get('engine-b')!.isHealthy = false;
    expect((await rig.send(fresh())).decision).toMatchObject({
      reason: 'unhealthy',
      endpointId: undefined,
    });
  });

  it('rejects: a 4xx never opens the breaker', async () => {
    const rig = await rigOf({ controller: legacy, kvcache: { circuit_breaker: breaker } });
    await rig.send(fresh());
    rig.controller.script = () => ({ status: 422, json: { detail: [] } });
    for (let request = 0; request < 8; request++) {
      expect((await rig.send(fresh())).decision.reason).toBe('lookup-failed');
    }
    expect(rig.metric('kvcache_breaker_state', { operation: 'lookup' })).toBe(0);
  });
});

describe('a tokenizer that fails', () => {
  it('is slow: the request goes on in time, and its repeat is steered', async () => {
    let answer = (): void => {};
    const isAnswered = new Promise<void>((resolve) => (answer = resolve));
    const rig = await rigOf({
      engine: async (call) => {
        await isAnswered;
        return wordEngine(call) as { json: unknown };
      },
      extension: { routing: { tokenize_timeout: '30ms' } },
    });
    const first = await rig.send(chat('a slow one'));
    expect(first.decision).toMatchObject({ reason: 'tokenize-timeout', endpointId: undefined });
    answer();
    expect(await eventually(() => rig.metric('kvcache_token_cache_entries') === 1)).toBe(true);
    expect((await rig.send(chat('a slow one'))).decision.reason).toBe('hit');
    expect(rig.engine.calls.filter(({ path }) => path === '/tokenize')).toHaveLength(1);
  });

  it("is replaced by another engine of the cluster, which never sees the first one's key", async () => {
    const broken = await startScripted(() => ({ status: 503, json: {} }));
    onTestFinished(() => broken.close());
    const rig = await rigOf({ vllmEndpoint: broken.url });
    expect((await rig.send(fresh())).decision.reason).toBe('hit');
    expect(rig.engine.calls.at(-1)?.path).toBe('/tokenize');
    expect(rig.engine.calls.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('did not know the route while it started: it is asked again after recovery_timeout', async () => {
    const rig = await rigOf({
      engine: () => ({ status: 404, json: {} }),
      kvcache: { circuit_breaker: breaker },
    });
    expect((await rig.send(fresh())).decision.reason).toBe('tokenize-failed');
    rig.engine.script = wordEngine;
    const isSteered = async (): Promise<true | undefined> =>
      (await rig.send(fresh())).decision.reason === 'hit' || undefined;
    expect(await pollUntil(isSteered, { clock: systemClock, deadlineMs: 5_000 })).toBe(true);
  });

  it('does not know the route: it is not asked again for a while', async () => {
    const none = await startScripted(() => ({ status: 404, json: { detail: 'Not Found' } }));
    onTestFinished(() => none.close());
    const rig = await rigOf({ vllmEndpoint: none.url });
    await rig.send(fresh());
    await rig.send(fresh());
    expect(none.calls).toHaveLength(1);
  });

  it('rejects one prompt: others are steered, its breaker stays closed', async () => {
    const rig = await rigOf({ kvcache: { circuit_breaker: breaker } });
    rig.engine.script = () => ({ status: 400, json: { error: { type: 'Bad Request' } } });
    for (let request = 0; request < 5; request++) {
      expect((await rig.send(fresh())).decision.reason).toBe('tokenize-failed');
    }
    expect(rig.metric('kvcache_breaker_state', { operation: 'tokenize' })).toBe(0);
    rig.engine.script = wordEngine;
    expect((await rig.send(fresh())).decision.reason).toBe('hit');
  });

  it('answers nonsense: no lookup is made with it', async () => {
    const rig = await rigOf({ engine: () => ({ json: { tokens: ['a', 'b'] } }) });
    expect((await rig.send(fresh())).decision.reason).toBe('tokenize-failed');
    expect(rig.controller.calls.filter(({ json }) => (json['tokens'] as [])?.length > 0)).toEqual(
      [],
    );
  });
});

describe('requests that cannot be steered', () => {
  it.each([
    ['no JSON', Buffer.from('hello'), 'no-prompt'],
    ['no prompt', { model: 'm' }, 'no-prompt'],
    ['a batch', { model: 'm', prompt: ['a', 'b'] }, 'no-prompt'],
    [
      'a picture',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'multimodal',
    ],
    ['a cache salt', { ...chat('x'), cache_salt: 'tenant' }, 'salted'],
  ])('%s: sent on with a reason, nobody is asked', async (_what, body, reason) => {
    const rig = await rigOf();
    const { decision } = await rig.send(body);
    expect(decision).toMatchObject({ reason, endpointId: undefined });
    expect(rig.engine.calls).toEqual([]);
  });
});

describe('closing', () => {
  it('lets background work finish within the grace time', async () => {
    const rig = await rigOf({
      kvcache: {
        cache_strategy: {
          enable_pinning: true,
          hot_content_threshold: 1,
          pin_instance_id: 'engine-b',
          pin_location: 'LocalCPUBackend',
        },
      },
    });
    await rig.send(fresh());
    await rig.kvcache.close(2_000);
    expect(rig.controller.calls.filter(({ path }) => path === '/pin')).toHaveLength(1);
  });

  it('does not wait for a controller that hangs longer than that', async () => {
    const rig = await rigOf({
      kvcache: {
        request_timeout: '60s',
        cache_strategy: {
          enable_pinning: true,
          hot_content_threshold: 1,
          pin_instance_id: 'engine-b',
          pin_location: 'x',
        },
      },
      controller: (call) => (call.path === '/pin' ? 'hang' : legacy(call)),
    });
    await rig.send(fresh());
    expect(await eventually(() => rig.controller.calls.at(-1)?.path === '/pin')).toBe(true);
    await rig.kvcache.close(20);
    expect(rig.metric('kvcache_background_jobs')).toBeUndefined();
  });
});

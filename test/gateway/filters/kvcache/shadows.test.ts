import { describe, expect, it } from 'vitest';
import { type Rig, rigOf } from '../../../helpers/routing-rig.ts';

const rigWith = (routing: object, more: object = {}): Promise<Rig> =>
  rigOf({ ...more, extension: { routing } });

/** A prompt of 64 token ids: four blocks. */
const promptOf = (id: number): object => ({
  model: 'm',
  prompt: Array.from({ length: 64 }, (_, index) => id * 1_000 + index),
});

/** Sends a prompt so many times, each answered before the next. */
async function repeat(rig: Rig, id: number, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    const sent = await rig.send(promptOf(id), { path: '/v1/completions' });
    sent.finish();
    // What follows a request to its end has its turn.
    await new Promise(setImmediate);
  }
}

const cached = (rig: Rig, policy: string): number | undefined =>
  rig.metric('kvcache_shadow_cached_tokens_total', { policy });
const chosen = (rig: Rig, policy: string, endpoint: string): number =>
  rig.metric('kvcache_shadow_requests_total', { policy, cluster: 'llm', endpoint }) ?? 0;

describe('shadow policies', () => {
  it('tell what they would have found, and how evenly they would have spread', async () => {
    const rig = await rigWith({ policy: 'round-robin', shadow: ['prefix'] });
    await repeat(rig, 1, 4);
    expect(rig.metric('kvcache_shadow_prompt_tokens_total')).toBe(4 * 64);
    // By turns each engine has to see it once; by the index only one has to.
    expect(cached(rig, 'actual')).toBe(2 * 64);
    expect(cached(rig, 'prefix')).toBe(3 * 64);
    expect([chosen(rig, 'actual', 'engine-a'), chosen(rig, 'actual', 'engine-b')]).toEqual([2, 2]);
    expect([chosen(rig, 'prefix', 'engine-a'), chosen(rig, 'prefix', 'engine-b')]).toEqual([4, 0]);
  });

  it('are judged by what they would have sent themselves', async () => {
    const rig = await rigWith({ policy: 'prefix', shadow: ['session', 'consistent-hash'] });
    for (let id = 0; id < 8; id++) await repeat(rig, id, 3);
    for (const policy of ['actual', 'consistent-hash']) {
      expect(cached(rig, policy)).toBe(8 * 2 * 64);
    }
    // Idle engines in turn: of three requests without a session two go to the same.
    expect(cached(rig, 'session')).toBe(8 * 64);
  });

  it('count as sent where the balancer sent it what they leave to the balancer', async () => {
    const rig = await rigWith(
      { policy: 'round-robin', shadow: ['lookup'] },
      {
        lmcacheEndpoint: 'http://127.0.0.1:1',
        vllmEndpoint: 'http://127.0.0.1:1',
      },
    );
    await repeat(rig, 1, 1);
    const isCounted = () => chosen(rig, 'lookup', 'engine-a');
    await expect.poll(isCounted, { timeout: 30_000 }).toBe(1);
  });

  it('never keep a request waiting, whatever they wait for', async () => {
    const hang = () => 'hang' as const;
    const rig = await rigWith(
      { policy: 'round-robin', shadow: ['lookup'], tokenize_timeout: '60s' },
      { engine: hang, controller: hang },
    );
    const sent = await rig.send(
      { model: 'm', prompt: 'one two' },
      {
        path: '/v1/completions',
      },
    );
    expect(sent.decision).toMatchObject({ policy: 'round-robin', endpointId: 'engine-a' });
    sent.finish();
    expect(chosen(rig, 'actual', 'engine-a')).toBe(1);
    expect(chosen(rig, 'lookup', 'engine-a')).toBe(0);
  });

  it('are explained without taking a turn', async () => {
    const rig = await rigWith({ policy: 'prefix', shadow: ['round-robin', 'prefix'] });
    await repeat(rig, 1, 1);
    const ask = () =>
      rig.kvcache.explain({
        body: Buffer.from(JSON.stringify(promptOf(1))),
        path: '/v1/completions',
        headers: {},
        cluster: rig.cluster,
      });
    const first = await ask();
    expect(first.shadow).toEqual([
      { policy: 'round-robin', reason: 'policy', endpointId: 'engine-b', cachedTokens: 0 },
      { policy: 'prefix', reason: 'prefix-hit', endpointId: 'engine-a', cachedTokens: 64 },
    ]);
    expect((await ask()).shadow).toEqual(first.shadow);
    await repeat(rig, 2, 1);
    expect(chosen(rig, 'round-robin', 'engine-b')).toBe(1);
  });

  it('leave no trace where none is wanted', async () => {
    const rig = await rigWith({ policy: 'prefix' });
    await repeat(rig, 1, 2);
    const names = rig.registry.collect().map(({ name }) => name);
    expect(names.filter((name) => name.includes('shadow'))).toEqual([]);
  });
});

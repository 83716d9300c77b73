import { afterEach, describe, expect, it } from 'vitest';
import type { VerifyResult } from '../../src/verify/result/result.ts';
import {
  blind,
  following,
  perfect,
  type Rig,
  type RigOptions,
  startRig,
  verifyRig,
  wrong,
} from '../helpers/verify-rig.ts';

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function judged(
  options: RigOptions,
  flags: Record<string, string> = {},
): Promise<VerifyResult> {
  rig = await startRig(options);
  return verifyRig(rig, flags);
}

describe('routers of known quality', () => {
  it('a perfect one hits always', async () => {
    const { hitRate, funnel, wiring, tokenPrediction } = await judged({ choose: perfect });
    expect(hitRate).toMatchObject({ hits: 32, total: 32, unknown: 0, chance: 0.5, captured: 1 });
    expect(hitRate!.interval!.low).toBeGreaterThan(0.85);
    expect(wiring).toMatchObject({ repeatsToPreferred: 4, repeatServedBy: 'engine-b' });
    expect(funnel!.worstStage).not.toBe('routed');
    expect(tokenPrediction).toBeNull();
  });

  it('a blind one hits as often as chance', async () => {
    const { hitRate, funnel, checks } = await judged({ choose: blind });
    expect(hitRate!.interval!.low).toBeLessThan(0.5);
    expect(hitRate!.interval!.high).toBeGreaterThan(0.5);
    expect(funnel!.worstStage).toBe('routed');
    expect(checks.find((it) => it.id === 'preferred-hit-rate')!.outcome).not.toBe('pass');
  });

  it('one that always picks wrong never hits', async () => {
    const { hitRate, funnel, checks } = await judged({ choose: wrong });
    expect(hitRate).toMatchObject({ hits: 0, total: 32, captured: -1 });
    expect(funnel!.worstStage).toBe('routed');
    expect(checks.find((it) => it.id === 'preferred-hit-rate')!.outcome).toBe('fail');
  });

  it('is told from cached tokens where no header says who served', async () => {
    const quiet = { count: 2, profile: 'instant', servedBy: false };
    const { hitRate, served } = await judged({
      choose: perfect,
      isTalkative: false,
      fleet: { engines: [quiet] },
    });
    expect(hitRate).toMatchObject({ hits: 32, total: 32 });
    expect(served!.bySource['cached-tokens']).toBeGreaterThan(0);
  });

  it('stays unknown, not missed, where nothing says who served', async () => {
    const silent = { count: 2, profile: 'instant', servedBy: false, promptTokensDetails: false };
    const { hitRate, checks } = await judged({
      choose: perfect,
      isTalkative: false,
      fleet: { engines: [silent] },
    });
    expect(hitRate).toMatchObject({ hits: 0, total: 0, unknown: 32, value: null });
    expect(checks.find((it) => it.id === 'preferred-hit-rate')!.outcome).toBe('inconclusive');
  });
});

describe('the funnel names the stage that lost', () => {
  it('reusable, when prompts are shorter than a chunk', async () => {
    const { funnel } = await judged({ choose: following }, { prefixTokens: '100' });
    expect(funnel!.worstStage).toBe('reusable');
    expect(funnel!.remedy).toContain('256');
  });

  it('held, when the cache is under pressure', async () => {
    const small = { blocks: 200, tier: { chunks: 12 } };
    const { funnel } = await judged({
      choose: following,
      fleet: { engines: [{ count: 2, profile: small }] },
    });
    expect(funnel!.worstStage).toBe('held');
  });

  it('known, when the controller names an engine that holds nothing', async () => {
    rig = await startRig({ choose: following });
    rig.fleet.controller!.wire.core.faults.lie = 'wrong-instance';
    const { funnel } = await verifyRig(rig);
    expect(funnel!.worstStage).toBe('known');
    expect(funnel!.diagnosis).toContain('another engine');
  });

  it('known, when the controller has never heard of the engines’ caches', async () => {
    const { funnel, preflight } = await judged({
      choose: following,
      fleet: { controller: { hashSeed: 99 } },
    });
    expect(funnel!.worstStage).toBe('known');
    expect(funnel!.remedy).toContain('PYTHONHASHSEED');
    expect(preflight.find((it) => it.id === 'lookup')!.outcome).toBe('fail');
  });

  it('known, when the gateway tokenizes something else', async () => {
    const { funnel } = await judged({
      choose: following,
      tokenized: (body) => body.replace('"content":"', '"content":"You are helpful. '),
    });
    expect(funnel!.worstStage).toBe('known');
    expect(funnel!.diagnosis).toContain('tokens differ');
  });

  it('routed, when instance ids are not endpoint ids', async () => {
    const { funnel, preflight } = await judged({
      choose: following,
      endpointIds: ['vllm-1', 'vllm-2'],
    });
    expect(funnel!.worstStage).toBe('routed');
    expect(funnel!.diagnosis).toContain('no endpoint');
    expect(preflight.find((it) => it.id === 'instance-ids')!.outcome).toBe('fail');
  });
});

describe('what invalidates a run', () => {
  it('foreign traffic', async () => {
    const { outcome, invalidations } = await judged({
      choose: perfect,
      afterRequest: async ([engine]) => {
        await fetch(`${engine!.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            model: 'mock-model',
            max_tokens: 1,
            messages: [{ role: 'user', content: 'somebody else' }],
          }),
        });
      },
    });
    expect(outcome).toBe('invalid');
    expect(reasonsOf(invalidations)).toEqual(['foreign-traffic']);
  });

  it('prompts that an earlier run has sent', async () => {
    rig = await startRig({ choose: perfect });
    const first = await verifyRig(rig);
    expect(reasonsOf(first.invalidations)).toEqual([]);
    const second = await verifyRig(rig);
    expect(reasonsOf(second.invalidations)).toEqual(['warm-leftovers']);
    expect(second.outcome).toBe('invalid');
  });

  it('a generator that cannot keep up', async () => {
    rig = await startRig({ choose: perfect });
    const { invalidations } = await verifyRig(rig, {}, { record: () => keepBusy(120) });
    expect(invalidations.map((it) => it.code)).toContain('generator-overload');
  });
});

/** The mocks of these tests run in the generator's own thread, so it is always too busy. */
function reasonsOf(invalidations: VerifyResult['invalidations']): string[] {
  return invalidations.map((it) => it.code).filter((code) => code !== 'generator-overload');
}

function keepBusy(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('what cannot be judged', () => {
  it('is refused with one engine, the rest is judged', async () => {
    const { checks, hitRate } = await judged({
      choose: perfect,
      fleet: { engines: [{ count: 1, profile: 'instant' }] },
    });
    const outcomes = Object.fromEntries(checks.map((it) => [it.id, it.outcome]));
    expect(outcomes).toMatchObject({
      wiring: 'inconclusive',
      'routing-gain': 'inconclusive',
      'preferred-hit-rate': 'inconclusive',
      'requests-succeed': 'pass',
    });
    expect(hitRate!.chance).toBeNull();
  });

  it('is refused with two engines at one address', async () => {
    rig = await startRig({ choose: perfect });
    const [first] = rig.engines;
    const twins = [first!, { ...first!, id: 'engine-b' }];
    const { checks, invalidations } = await verifyRig({ ...rig, engines: twins });
    expect(reasonsOf(invalidations)).toEqual([]);
    expect(checks.find((it) => it.id === 'routing-gain')).toMatchObject({
      outcome: 'inconclusive',
      evidence: expect.stringContaining('one address'),
    });
  });
});

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/base/random.ts';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { EngineCore } from '../../../../mocks/engine/core/engine-core.ts';
import type { RequestResult } from '../../../../mocks/engine/core/request.ts';
import { jitterFactor } from '../../../../mocks/engine/core/timing.ts';
import { builtinProfiles } from '../../../../mocks/profiles/builtin.ts';
import type { EngineProfile } from '../../../../mocks/profiles/profile.ts';

function quiet(name: string, overrides: Partial<EngineProfile> = {}): EngineProfile {
  const jitter = { ttftCv: 0, itlCv: 0 };
  return { ...builtinProfiles[name]!, jitter, tier: null, ...overrides };
}

function prompt(start: number, length: number): number[] {
  return Array.from({ length }, (_, index) => start + index);
}

/** One engine, driven to idle between requests. */
function rig(profile: EngineProfile) {
  const clock = new VirtualClock();
  const engine = new EngineCore({ id: 'engine-a', clock, profile });
  const submit = (promptTokens: number[], maxTokens: number) => {
    const seen: { tokensMs: number[]; result?: RequestResult } = { tokensMs: [] };
    const key = `request at ${promptTokens[0]}`;
    engine.submit(
      { key, promptTokens, maxTokens, ignoreEos: true },
      {
        onTokens: ({ atMs }) => seen.tokensMs.push(atMs),
        onFinish: (result) => (seen.result = result),
      },
    );
    return seen;
  };
  const alone = (promptTokens: number[], maxTokens: number): RequestResult => {
    const seen = submit(promptTokens, maxTokens);
    clock.runToIdle();
    return seen.result!;
  };
  return { clock, engine, submit, alone };
}

/** Share by which `actual` is off. */
function error(actual: number | null, expected: number): number {
  return Math.abs(actual! - expected) / expected;
}

describe.each(['8b-h100', '70b-h100-tp8', '3b-l40s'])('%s, alone', (name) => {
  const profile = quiet(name);
  const { stepMs: s, prefillMsPerToken: a, prefillMsPerTokenSquared: q } = profile.timing;
  const { decodeMsPerRequest: d, decodeMsPerContextToken: k, apiMs } = profile.timing;

  it.each([16, 500, 1_000, 2_048, 2_049, 8_000, 20_000])(
    'TTFT of %i uncached tokens is api + s·steps + a·n + q·n²',
    (tokens) => {
      const expected = apiMs + s * Math.ceil(tokens / 2_048) + a * tokens + q * tokens ** 2;
      expect(error(rig(profile).alone(prompt(1, tokens), 1).ttftMs, expected)).toBeLessThan(0.01);
    },
  );

  it.each([
    [1_000, 512],
    [4_000, 3_600],
    [8_000, 800],
  ])('TTFT of %i tokens with the first %i cached leaves only the rest', (tokens, shared) => {
    const { alone } = rig(profile);
    alone(prompt(1, shared), 1);
    const again = alone([...prompt(1, shared), ...prompt(500_000, tokens - shared)], 1);
    expect(again.cachedTokens).toBe(Math.floor(shared / 16) * 16);
    const rest = tokens - again.cachedTokens;
    const steps = Math.ceil(rest / 2_048);
    const expected = apiMs + s * steps + a * rest + q * (tokens ** 2 - again.cachedTokens ** 2);
    expect(error(again.ttftMs, expected)).toBeLessThan(0.01);
  });

  it('each further token takes s + d + k·context, and the end adds its own cost', () => {
    const result = rig(profile).alone(prompt(1, 2_000), 101);
    const contexts = Array.from({ length: 100 }, (_, index) => 2_001 + index);
    const decode = contexts.reduce((sum, context) => sum + s + d + k * context, 0);
    expect(error(result.decodeMs, decode)).toBeLessThan(0.01);
    const { postMs, outputMsPerToken } = profile.timing;
    const tail = postMs + outputMsPerToken * 101;
    expect(result.e2eMs).toBeCloseTo(result.ttftMs! + result.decodeMs! + tail, 6);
  });
});

describe('8b-h100 anchors', () => {
  it('1,000 uncached tokens: 73 ms; with 90 % of them cached: 19 ms', () => {
    const { alone } = rig(quiet('8b-h100'));
    expect(error(alone(prompt(1, 1_000), 1).ttftMs, 73.4)).toBeLessThan(0.01);
    const again = alone([...prompt(1, 900), ...prompt(500_000, 100)], 1);
    expect(again.cachedTokens).toBe(896);
    expect(error(again.ttftMs, 19.3)).toBeLessThan(0.01);
  });

  it('64 requests decoding at 2,000 tokens of context: 16 ms between tokens', () => {
    const { clock, submit } = rig(quiet('8b-h100'));
    const all = Array.from({ length: 64 }, (_, index) => submit(prompt(index * 9_000, 2_000), 200));
    clock.runToIdle();
    const lastStart = Math.max(...all.map(({ tokensMs }) => tokensMs[0]!));
    const firstEnd = Math.min(...all.map(({ tokensMs }) => tokensMs.at(-1)!));
    const gaps = all.flatMap(({ tokensMs }) =>
      tokensMs
        .slice(1)
        .map((atMs, index) => ({ atMs, gapMs: atMs - tokensMs[index]! }))
        .filter(({ atMs, gapMs }) => atMs - gapMs >= lastStart && atMs <= firstEnd),
    );
    expect(gaps.length).toBeGreaterThan(1_000);
    const mean = gaps.reduce((sum, { gapMs }) => sum + gapMs, 0) / gaps.length;
    expect(mean).toBeGreaterThan(15.5);
    expect(mean).toBeLessThan(16.5);
  });
});

describe('batching', () => {
  it('a prompt waits for the step under way, then shares steps with decoding', () => {
    const { clock, submit } = rig(quiet('8b-h100'));
    const first = submit(prompt(1, 1_000), 50);
    clock.advanceTo(100);
    const second = submit(prompt(50_000, 1_000), 1);
    clock.runToIdle();
    const waited = second.result!.queueMs! - 5;
    expect(waited).toBeGreaterThan(0);
    expect(waited).toBeLessThan(10);
    // While the second prompt is computed, the first one's next token takes as long.
    const longest = Math.max(
      ...first.tokensMs.slice(1).map((atMs, index) => atMs - first.tokensMs[index]!),
    );
    expect(error(longest, 8 + 60 + 0.42 + 0.02 + 5.1e-5 * 1_004)).toBeLessThan(0.01);
  });

  it('more requests than places queue for one', () => {
    const { clock, submit } = rig(quiet('8b-h100', { maxNumSeqs: 1 }));
    const [first, second] = [submit(prompt(1, 100), 10), submit(prompt(9_000, 100), 10)];
    clock.runToIdle();
    expect(second.tokensMs[0]).toBeGreaterThan(first.tokensMs.at(-1)!);
  });

  it('no step exceeds the token budget', () => {
    const { clock, submit, engine } = rig(quiet('8b-h100', { maxBatchedTokens: 512 }));
    for (let index = 0; index < 8; index++) submit(prompt(index * 9_000, 256), 1);
    clock.runToIdle();
    expect(engine.counters.steps).toBe(4);
  });
});

describe('second tier and speedup', () => {
  it('loading from the tier costs its fixed time and the bytes over its bandwidth', () => {
    const { clock, engine, alone } = rig({
      ...quiet('8b-h100'),
      tier: builtinProfiles['8b-h100']!.tier,
    });
    alone(prompt(1, 1_025), 1);
    engine.resetPrefixCache();
    const again = alone(prompt(1, 1_025), 1);
    expect(again).toMatchObject({ cachedTokens: 1_024, tierCachedTokens: 1_024 });
    const load = 1 + (1_024 * 131_072) / 20e6;
    expect(
      error(again.ttftMs, 5 + load + 8 + 0.06 + 4.2e-7 * (1_025 ** 2 - 1_024 ** 2)),
    ).toBeLessThan(0.01);
    expect(clock.nowMs()).toBeGreaterThan(0);
  });

  it('speedup divides every time', () => {
    const slow = rig(quiet('8b-h100')).alone(prompt(1, 3_000), 20);
    const fast = rig(quiet('8b-h100', { speedup: 10 })).alone(prompt(1, 3_000), 20);
    expect(fast.ttftMs! * 10).toBeCloseTo(slow.ttftMs!, 6);
    expect(fast.e2eMs * 10).toBeCloseTo(slow.e2eMs, 6);
  });

  it('a slowed request stretches its steps', () => {
    const { clock, engine } = rig(quiet('8b-h100'));
    let ttftMs: number | null = null;
    engine.submit(
      { key: 'slow', promptTokens: prompt(1, 1_000), maxTokens: 1, slowFactor: 3 },
      { onFinish: (result) => (ttftMs = result.ttftMs) },
    );
    clock.runToIdle();
    expect(error(ttftMs, 5 + 3 * 68.42)).toBeLessThan(0.01);
  });
});

describe('jitter', () => {
  it.each([0.08, 0.1, 0.3])('keeps the mean and has a coefficient of variation of %f', (cv) => {
    const random = createRandom(11);
    const factors = Array.from({ length: 40_000 }, () => jitterFactor(random, cv));
    const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
    const variance =
      factors.reduce((sum, factor) => sum + (factor - mean) ** 2, 0) / factors.length;
    expect(error(mean, 1)).toBeLessThan(0.01);
    expect(Math.sqrt(variance) / mean / cv).toBeGreaterThan(0.97);
    expect(Math.sqrt(variance) / mean / cv).toBeLessThan(1.03);
  });

  it('moves TTFT from request to request, and not with another seed’s stream', () => {
    const profile = { ...builtinProfiles['8b-h100']!, tier: null };
    const times = (seed: number): (number | null)[] =>
      [1, 2, 3].map((index) => {
        const clock = new VirtualClock();
        const engine = new EngineCore({ id: 'engine-a', clock, profile, seed });
        let ttftMs: number | null = null;
        engine.submit(
          { key: `k${index}`, promptTokens: prompt(1, 1_000) },
          { onFinish: (result) => (ttftMs = result.ttftMs) },
        );
        clock.runToIdle();
        return ttftMs;
      });
    expect(new Set(times(1)).size).toBe(3);
    expect(times(1)).toEqual(times(1));
    expect(times(1)).not.toEqual(times(2));
  });
});

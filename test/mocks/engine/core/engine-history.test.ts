import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/base/clock.ts';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { EngineCore } from '../../../../mocks/engine/core/engine-core.ts';
import type { RequestHandle, RequestResult } from '../../../../mocks/engine/core/request.ts';
import { builtinProfiles } from '../../../../mocks/profiles/builtin.ts';
import type { EngineProfile } from '../../../../mocks/profiles/profile.ts';

const request = fc.record({
  gapMs: fc.integer({ min: 0, max: 120 }),
  family: fc.nat(3),
  length: fc.integer({ min: 1, max: 200 }),
  maxTokens: fc.integer({ min: 1, max: 150 }),
  priority: fc.nat(1),
  /** Some clients hang up. */
  abortAfterMs: fc.option(fc.integer({ min: 0, max: 150 }), { freq: 6, nil: undefined }),
});

interface Followed {
  results: RequestResult[];
  tokens: number;
  scheduled: number;
  wanted: number;
}

/** The clock, with a look at things before each of its timers. */
function watched(clock: Clock, look: () => void): Clock {
  return {
    nowMs: () => clock.nowMs(),
    wallMs: () => clock.wallMs(),
    at: (atMs, run) =>
      clock.at(atMs, () => {
        look();
        run();
      }),
  };
}

describe('an engine short of everything', () => {
  it('ends every request exactly once, conserves blocks and comes to rest', () => {
    let preemptions = 0;
    let aborted = 0;
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 20 }), (history) => {
        const profile: EngineProfile = {
          ...builtinProfiles['8b-h100']!,
          blocks: 24,
          maxNumSeqs: 5,
          maxBatchedTokens: 128,
          prefillChunkTokens: 96,
          tier: { ...builtinProfiles['8b-h100']!.tier!, chunkTokens: 64, chunks: 4 },
        };
        const clock = new VirtualClock();
        const resident = { GPU: new Set<number>(), LocalCPUBackend: new Set<number>() };
        const engine: EngineCore = new EngineCore({
          id: 'engine-a',
          clock: watched(clock, () => checkConservation(engine, resident)),
          profile,
        });
        engine.onCacheEvent(({ location, event }) => {
          const known = resident[location as keyof typeof resident];
          if (event.type === 'cleared') known.clear();
          else if (event.type === 'stored') for (const hash of event.hashes) known.add(hash);
          else for (const hash of event.hashes) known.delete(hash);
        });
        const followed = history.map((one, index) => follow(engine, clock, one, index));
        clock.runToIdle();
        for (const { results, tokens, scheduled, wanted } of followed) {
          expect(results).toHaveLength(1);
          const result = results[0]!;
          expect(tokens).toBe(result.outputTokens);
          expect(scheduled).toBe(result.queueMs === null ? 0 : 1);
          if (result.finishReason === 'length') expect(tokens).toBe(wanted);
          else expect(result.finishReason).toBe('abort');
          preemptions += result.preemptions;
          aborted += result.finishReason === 'abort' ? 1 : 0;
        }
        expect(engine.counters).toMatchObject({ running: 0, waiting: 0, kvUsage: 0 });
        checkConservation(engine, resident);
      }),
      { numRuns: 100, seed: 7 },
    );
    expect(preemptions).toBeGreaterThan(10);
    expect(aborted).toBeGreaterThan(50);
  });
});

function follow(
  engine: EngineCore,
  clock: VirtualClock,
  one: typeof request extends fc.Arbitrary<infer One> ? One : never,
  index: number,
): Followed {
  const followed: Followed = { results: [], tokens: 0, scheduled: 0, wanted: one.maxTokens };
  const promptTokens = Array.from({ length: one.length }, (_, at) => one.family * 1_000 + at);
  clock.at(one.gapMs, () => {
    const answer = engine.submit(
      {
        key: `k${index}`,
        promptTokens,
        maxTokens: one.maxTokens,
        ignoreEos: true,
        priority: one.priority,
      },
      {
        onScheduled: () => followed.scheduled++,
        onTokens: ({ first, count }) => {
          expect(first).toBe(followed.tokens);
          followed.tokens += count;
        },
        onFinish: (result) => followed.results.push(result),
      },
    );
    expect(answer.accepted).toBe(true);
    if (one.abortAfterMs === undefined) return;
    clock.at(clock.nowMs() + one.abortAfterMs, () => engine.abort(answer as RequestHandle));
  });
  return followed;
}

function checkConservation(
  engine: EngineCore,
  resident: { GPU: Set<number>; LocalCPUBackend: Set<number> },
): void {
  const { device, tier } = engine.stores;
  for (const [cache, known] of [
    [device, resident.GPU],
    [tier!, resident.LocalCPUBackend],
  ] as const) {
    const { stored, removed, resident: count } = cache.totals;
    expect(stored - removed).toBe(count);
    expect(known.size).toBe(count);
    expect(cache.pool.freeWeight).toBeGreaterThanOrEqual(0);
    expect([...known].every((hash) => cache.isResident(hash))).toBe(true);
  }
}

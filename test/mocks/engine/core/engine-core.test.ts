import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { EngineCore } from '../../../../mocks/engine/core/engine-core.ts';
import type { RequestResult, ScheduledInfo } from '../../../../mocks/engine/core/request.ts';
import { builtinProfiles, instantProfile } from '../../../../mocks/profiles/builtin.ts';
import type { EngineProfile } from '../../../../mocks/profiles/profile.ts';

interface Seen {
  scheduled: ScheduledInfo[];
  tokens: number[];
  result?: RequestResult;
}

function prompt(start: number, length: number): number[] {
  return Array.from({ length }, (_, index) => start + index);
}

function engine(clock: VirtualClock, profile: Partial<EngineProfile> = {}): EngineCore {
  return new EngineCore({ id: 'engine-a', clock, profile: { ...instantProfile, ...profile } });
}

function ask(core: EngineCore, key: string, promptTokens: number[], maxTokens = 8): Seen {
  const seen: Seen = { scheduled: [], tokens: [] };
  const answer = core.submit(
    { key, promptTokens, maxTokens, ignoreEos: true },
    {
      onScheduled: (info) => seen.scheduled.push(info),
      onTokens: ({ first, count, atMs }) => {
        for (let index = first; index < first + count; index++) seen.tokens[index] = atMs;
      },
      onFinish: (result) => (seen.result = result),
    },
  );
  expect(answer.accepted).toBe(true);
  return seen;
}

const h100: EngineProfile = { ...builtinProfiles['8b-h100']!, jitter: { ttftCv: 0, itlCv: 0 } };

describe('instant profile', () => {
  it('answers before submit returns and sets no timer', () => {
    const clock = new VirtualClock();
    const seen = ask(engine(clock), 'a', prompt(1, 600));
    expect(seen.result).toMatchObject({ finishReason: 'length', outputTokens: 8, cachedTokens: 0 });
    expect(clock.nextDueMs()).toBeUndefined();
  });

  it('finds a repeat except for the block with its last token', () => {
    const core = engine(new VirtualClock(), { tier: null });
    ask(core, 'a', prompt(1, 608));
    expect(ask(core, 'b', prompt(1, 608)).result?.cachedTokens).toBe(592);
    expect(ask(core, 'c', prompt(1, 609)).result?.cachedTokens).toBe(608);
    expect(core.counters).toMatchObject({ prefixQueries: 1825, prefixHits: 1200 });
  });

  it('keeps salts and LoRA adapters apart', () => {
    const core = engine(new VirtualClock());
    ask(core, 'a', prompt(1, 600));
    const salted = core.submit({ key: 's', promptTokens: prompt(1, 600), cacheSalt: 'x' });
    expect(salted.accepted).toBe(true);
    expect(core.counters.prefixHits + core.counters.tierHits).toBe(0);
  });

  it('takes from the second tier what the device has lost', () => {
    const core = engine(new VirtualClock(), { blocks: 64 });
    ask(core, 'a', prompt(1, 600));
    ask(core, 'b', prompt(5_000, 1_010));
    const again = ask(core, 'a2', prompt(1, 600));
    expect(again.scheduled[0]).toMatchObject({ deviceCachedTokens: 0, tierCachedTokens: 512 });
  });

  it('gives the same answer to the same prompt on every engine', () => {
    const clock = new VirtualClock();
    const answers = ['engine-a', 'engine-b'].map((id) => {
      const core = new EngineCore({ id, clock, profile: instantProfile });
      const answer = core.submit({ key: id, promptTokens: prompt(1, 50) });
      return answer.accepted ? answer.output : undefined;
    });
    expect(answers[0]).toEqual(answers[1]);
  });

  it('answers alike whatever the blocks, the salt and the request, but not whatever the model', () => {
    const clock = new VirtualClock();
    const words = (
      options: { blockSize?: number; model?: string },
      request: { cacheSalt?: string; loraName?: string } = {},
    ): string[] => {
      const { blockSize = 16, model = 'm' } = options;
      const profile = { ...instantProfile, blockSize };
      const core = new EngineCore({ id: 'e', clock, profile, model });
      return Array.from({ length: 20 }, (_, index) => {
        const promptTokens = prompt(100 * index, 50 + index);
        const answer = core.submit({ key: 'k', promptTokens, ...request });
        return answer.accepted ? answer.output.text : '';
      });
    };
    const plain = words({});
    expect(new Set(plain).size).toBeGreaterThan(15);
    expect(words({ blockSize: 32 })).toEqual(plain);
    expect(words({}, { cacheSalt: 'x' })).toEqual(plain);
    expect(words({ model: 'other' })).not.toEqual(plain);
    expect(words({}, { loraName: 'adapter' })).not.toEqual(plain);
  });

  it.each(['instant', '8b-h100'])('%s ends an answer that outgrows the cache', (name) => {
    const clock = new VirtualClock();
    const profile = { ...builtinProfiles[name]!, blocks: 2, tier: null };
    const seen = ask(engine(clock, profile), 'a', prompt(1, 10), 100);
    clock.runToIdle();
    // 32 tokens fit, and the last one of an answer needs no room.
    expect(seen.result).toMatchObject({ outputTokens: 23, finishReason: 'length' });
  });
});

describe('refusals', () => {
  const core = engine(new VirtualClock(), { blocks: 64, maxModelLen: 2_000 });
  it.each([
    ['prompt_empty', 400, []],
    ['prompt_too_long', 400, prompt(1, 2_000)],
    ['cache_too_small', 400, prompt(1, 1_024)],
  ] as const)('%s', (code, status, promptTokens) => {
    expect(core.submit({ key: 'x', promptTokens })).toMatchObject({
      accepted: false,
      code,
      status,
    });
  });

  it('queue_full says when to come back', () => {
    const core = engine(new VirtualClock(), { ...h100, maxWaiting: 2 });
    for (const key of ['a', 'b']) ask(core, key, prompt(1, 10));
    expect(core.submit({ key: 'c', promptTokens: [1] })).toMatchObject({
      code: 'queue_full',
      status: 503,
      retryAfterS: 1,
    });
    expect(core.counters.rejected).toBe(1);
  });
});

describe('timing of 8b-h100 in virtual time', () => {
  it('1,000 uncached tokens alone take 73 ms to the first token', () => {
    const clock = new VirtualClock();
    const seen = ask(engine(clock, h100), 'a', prompt(1, 1_000));
    clock.runToIdle();
    expect(seen.result?.ttftMs).toBeCloseTo(5 + 8 + 60 + 0.42, 6);
  });
});

describe('abort and crash', () => {
  it('frees place and blocks at once', () => {
    const clock = new VirtualClock();
    const core = engine(clock, h100);
    let result: RequestResult | undefined;
    const handle = core.submit(
      { key: 'a', promptTokens: prompt(1, 1_000), maxTokens: 500, ignoreEos: true },
      { onFinish: (end) => (result = end) },
    );
    clock.advanceTo(200);
    expect(core.counters.running).toBe(1);
    if (handle.accepted) core.abort(handle);
    expect(result?.finishReason).toBe('abort');
    expect(core.counters).toMatchObject({ running: 0, waiting: 0, kvUsage: 0 });
    clock.runToIdle();
    expect(core.counters.finished).toEqual({ stop: 0, length: 0, abort: 1 });
  });

  it('a crash aborts everything, refuses, and forgets the cache', () => {
    const clock = new VirtualClock();
    const core = engine(clock, h100);
    const seen = ask(core, 'a', prompt(1, 1_000));
    clock.advanceTo(100);
    core.crash(false);
    expect(seen.result?.finishReason).toBe('abort');
    expect(core.submit({ key: 'b', promptTokens: [1] })).toMatchObject({ code: 'engine_down' });
    core.restart();
    expect(ask(core, 'c', prompt(1, 1_000)).result).toBeUndefined();
    clock.runToIdle();
    expect(core.counters.prefixHits).toBe(0);
  });
});

describe('preemption', () => {
  it('puts the newest request back when decoding finds no block, and still answers all', () => {
    const clock = new VirtualClock();
    const core = engine(clock, { ...h100, blocks: 20, tier: null });
    const first = ask(core, 'a', prompt(1, 100), 150);
    const second = ask(core, 'b', prompt(1_000, 100), 150);
    clock.runToIdle();
    expect(core.counters.preemptions).toBeGreaterThan(0);
    expect(first.result).toMatchObject({ outputTokens: 150, preemptions: 0 });
    expect(second.result).toMatchObject({ outputTokens: 150 });
    expect(second.result!.preemptions).toBeGreaterThan(0);
    expect(core.counters.kvUsage).toBe(0);
  });
});

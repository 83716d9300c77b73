import { describe, expect, it } from 'vitest';
import { hitRate } from '../../../src/verify/evidence/hit-rate.ts';
import { withLost } from '../../../src/verify/evidence/lost.ts';
import type { BlockCount } from '../../../src/verify/evidence/block-count.ts';
import {
  blockOf,
  type Changes,
  HIT_TOKENS,
  measuredMany,
  phaseOf,
  runOf,
  TIMED_OUT,
} from '../measured.ts';
import { blind, outcomeOf, passesOf, perfect, wrong } from '../simulated-runs.ts';

const AT_B: Changes = { headerServedBy: 'engine-b', cachedTokens: 0 };
const SILENT: Changes = { headerServedBy: undefined, cachedTokens: undefined };

/** One block of `n` requests at two engines, of which the counters know `hits`. */
function countedBlock(n: number, hits: number, round = 0): BlockCount {
  const step = phaseOf([
    [Math.ceil(n / 2), hits * HIT_TOKENS],
    [Math.floor(n / 2), 0],
  ]);
  return blockOf('C', { round, primes: step, measured: step });
}

describe('hit rate', () => {
  it('counts hits and misses of arm C alone', () => {
    const found = hitRate(
      runOf([
        ...measuredMany(12),
        ...measuredMany(4, AT_B),
        ...measuredMany(9, { arm: 'N', ...AT_B }),
      ]),
    );
    expect(found).toMatchObject({
      hits: 12,
      misses: 4,
      unknown: 0,
      total: 16,
      value: 0.75,
      bounds: { low: 0.75, high: 0.75 },
      byCounters: 0,
    });
  });

  it('is bounded by Wilson: 12 of 12 mean at least 75.7 %', () => {
    const found = hitRate(runOf(measuredMany(12, {}, 2)));
    expect(found.interval!.low).toBeCloseTo(0.7575, 3);
    expect(found.strictInterval!.low).toBeLessThan(found.interval!.low);
  });

  it('is wider where blocks differ than where they are alike', () => {
    const rounds = (hitsIn: (round: number) => number) =>
      Array.from({ length: 8 }, (_, block) => [
        ...measuredMany(hitsIn(block), { block }),
        ...measuredMany(8 - hitsIn(block), { block, ...AT_B }),
      ]).flat();
    const alike = hitRate(runOf(rounds(() => 4))).interval!;
    const unlike = hitRate(runOf(rounds((block) => (block % 2 ? 8 : 0)))).interval!;
    expect(unlike.high - unlike.low).toBeGreaterThan(1.5 * (alike.high - alike.low));
  });

  it('of one block has no interval: nobody knows how blocks differ', () => {
    const found = hitRate(runOf(measuredMany(12)));
    expect(found).toMatchObject({ value: 1, interval: null, strictInterval: null });
    expect(outcomeOf(found)).toBe('inconclusive');
  });

  it('has no chance to compare with below two engines, or where nobody knows their number', () => {
    for (const choices of [1, null]) {
      const found = hitRate(runOf(measuredMany(20), { choices }));
      expect(found).toMatchObject({ chance: null, captured: null, value: 1 });
      expect(outcomeOf(found)).toBe('inconclusive');
    }
  });

  it('says nothing without arm C', () => {
    expect(hitRate(runOf(measuredMany(3, { arm: 'A' })))).toMatchObject({
      total: 0,
      value: null,
      bounds: null,
      interval: null,
      strictInterval: null,
    });
  });
});

describe('what is unknown', () => {
  it('gives bounds and flatters nobody', () => {
    const of = (hits: number, others: number, changes: Changes) =>
      hitRate(runOf([...measuredMany(hits, {}, 2), ...measuredMany(others, changes, 2)]));
    const found = of(12, 8, SILENT);
    expect(found).toMatchObject({
      hits: 12,
      unknown: 8,
      value: null,
      captured: null,
      bounds: { low: 0.6, high: 1 },
    });
    const [worst, best] = [of(12, 8, AT_B), of(20, 0, {})];
    expect(found.strictInterval!.low).toBe(worst.strictInterval!.low);
    expect(found.strictInterval!.high).toBe(best.strictInterval!.high);
    expect(outcomeOf(found)).toBe('inconclusive');
  });

  it('of everything is inconclusive', () => {
    expect(outcomeOf(hitRate(runOf(measuredMany(500, SILENT))))).toBe('inconclusive');
  });

  it('is no pass where only hits speak: 48 hits, 48 silent', () => {
    const found = hitRate(runOf([...measuredMany(48), ...measuredMany(48, SILENT)]));
    expect(outcomeOf(found)).toBe('inconclusive');
  });

  it('is told by the counters of the block', () => {
    const counts = [countedBlock(20, 14)];
    const found = hitRate(runOf(measuredMany(20, SILENT), { counts }));
    expect(found).toMatchObject({ hits: 14, misses: 6, unknown: 0, byCounters: 20, value: 0.7 });
  });

  it('is told by counters beside what answers tell', () => {
    const counts = [countedBlock(20, 14)];
    const samples = [...measuredMany(10), ...measuredMany(10, SILENT)];
    expect(hitRate(runOf(samples, { counts }))).toMatchObject({
      hits: 14,
      misses: 6,
      unknown: 0,
      byCounters: 10,
    });
  });

  it('stays unknown where prefixes were evicted: counters of hits say nothing of routing then', () => {
    const direct = { arm: 'D' as const, cachedTokens: 0, experiment: { directId: 'engine-a' } };
    const samples = [...measuredMany(20, SILENT), ...measuredMany(20, direct)];
    const found = hitRate(runOf(samples, { counts: [countedBlock(20, 2)] }));
    expect(found).toMatchObject({ hits: 0, unknown: 20, byCounters: 0 });
  });
});

describe('failures', () => {
  it('are misses', () => {
    const found = hitRate(runOf([...measuredMany(18), ...measuredMany(2, TIMED_OUT)]));
    expect(found).toMatchObject({ hits: 18, misses: 2, total: 20, value: 0.9 });
  });

  it('of what was misrouted buy no perfect rate: 87 of 96, not of 87', () => {
    const refused = { ...TIMED_OUT, failure: 'http' as const, status: 503 };
    const found = hitRate(runOf([...measuredMany(87), ...measuredMany(9, refused)]));
    expect(found).toMatchObject({ hits: 87, total: 96 });
  });

  it('that left no sample are misses as well', () => {
    const counts = [{ ...countedBlock(16, 16), planned: 20 }];
    const found = hitRate(runOf(withLost(measuredMany(16), counts), { counts }));
    expect(found).toMatchObject({ hits: 16, misses: 4, total: 20, value: 0.8 });
  });

  it('cut off because the run ended are no requests', () => {
    const stopped = measuredMany(4, { failure: 'stopped' });
    expect(hitRate(runOf([...measuredMany(16), ...stopped]))).toMatchObject({ total: 16 });
  });
});

describe('chance', () => {
  it('is 1/k for even shares', () => {
    const held = (id: string, at: string) =>
      measuredMany(8, { headerServedBy: at, experiment: { holderId: id } });
    const even = [...held('engine-a', 'engine-a'), ...held('engine-b', 'engine-b')];
    expect(hitRate(runOf(even)).chance).toBeCloseTo(0.5, 10);
    expect(hitRate(runOf(even)).captured).toBeCloseTo(1, 10);
  });

  it('follows the shares seen: one engine that gets all hits what it holds', () => {
    const samples = [
      ...measuredMany(75),
      ...measuredMany(25, { experiment: { holderId: 'engine-b' }, cachedTokens: 0 }),
    ];
    const found = hitRate(runOf(samples));
    expect(found).toMatchObject({ hits: 75, value: 0.75 });
    expect(found.chance).toBeCloseTo(0.75, 10);
    expect(outcomeOf(found)).not.toBe('pass');
    expect(found.hotSpot).toMatchObject({ endpointId: 'engine-a', share: 1, fairShare: 0.5 });
  });

  it('of a gateway that puts everything on one engine is everything', () => {
    const all = phaseOf([
      [20, 20 * HIT_TOKENS],
      [0, 0],
    ]);
    const counts = [blockOf('C', { primes: all, measured: all })];
    const samples = measuredMany(20, { experiment: { holderId: null } });
    const found = hitRate(runOf(samples, { counts }));
    expect(found).toMatchObject({ value: 1, chance: 1, captured: null });
    expect(outcomeOf(found)).toBe('inconclusive');
  });

  it('is never less than 1/k', () => {
    const crossed = [
      ...measuredMany(10, { headerServedBy: 'engine-b', cachedTokens: 0 }),
      ...measuredMany(10, { headerServedBy: 'engine-b', cachedTokens: 0 }),
    ];
    expect(hitRate(runOf(crossed)).chance).toBe(0.5);
  });
});

describe('arm B', () => {
  it('stands beside it, where all of it is known', () => {
    const off = [...measuredMany(8, { arm: 'B' }), ...measuredMany(8, { arm: 'B', ...AT_B })];
    const found = hitRate(runOf([...measuredMany(16), ...off]));
    expect(found.withoutRouting).toMatchObject({ hits: 8, total: 16 });
    const unclear = [...off, ...measuredMany(1, { arm: 'B', ...SILENT })];
    expect(hitRate(runOf([...measuredMany(16), ...unclear])).withoutRouting).toBeNull();
  });
});

describe.each([2, 3, 5])('simulated runs of 96 requests in front of %i engines', (k) => {
  it('pass a blind router in at most 1 of 100', () => {
    expect(passesOf({ k, rounds: 8, perBlock: 12, runs: 100 }, blind)).toBeLessThanOrEqual(1);
  });

  it('pass a perfect one each time, a wrong one never', () => {
    const size = { k, rounds: 8, perBlock: 12, runs: 20 };
    expect(passesOf(size, perfect)).toBe(20);
    expect(passesOf(size, wrong)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { lossFunnel } from '../../../src/verify/evidence/funnel.ts';
import type { ObservedRun } from '../../../src/verify/evidence/observed-run.ts';
import type { FunnelStageId } from '../../../src/verify/result/result-attribution.ts';
import { type Changes, HIT_TOKENS, measuredMany, routingOf, runOf } from '../measured.ts';

const LOOKUP = {
  asked: 16,
  listed: 16,
  namedHolder: 16,
  strangers: [],
  impossible: 0,
  admissionMs: 5,
};
const COLD: Changes = {
  arm: 'A',
  cachedTokens: 0,
  ttftMs: 60,
  experiment: { holderId: null, sharedTokens: 3, reusableTokens: 0 },
};
const DIRECT: Changes = { arm: 'D', experiment: { directId: 'engine-a' } };

function funnel(routed: Changes, changes: Partial<ObservedRun> = {}, direct: Changes = {}) {
  const samples = [
    ...measuredMany(10, COLD),
    ...measuredMany(10, routed),
    ...measuredMany(10, { ...DIRECT, ...direct }),
  ];
  const routing = routingOf({ lookup: LOOKUP });
  return lossFunnel(runOf(samples, { routing, ...changes }))!;
}

function tokensAt(found: ReturnType<typeof funnel>, id: FunnelStageId): number | null {
  return found.stages.find((it) => it.id === id)!.tokens;
}

describe('loss funnel', () => {
  it('loses nothing when everything is right', () => {
    const { stages, worstStage, msSavedMean } = funnel({ ttftMs: 8 });
    expect(worstStage).toBeNull();
    expect(msSavedMean).toBe(52);
    const all = Array.from({ length: 6 }, () => 10 * HIT_TOKENS);
    expect(stages.map((it) => it.tokens)).toEqual([10_300, ...all]);
  });

  it.each<[FunnelStageId, Changes, Changes]>([
    ['saved', { ttftMs: 70 }, {}],
    ['held', { cachedTokens: 0 }, { cachedTokens: 0 }],
    ['hit', { cachedTokens: 0 }, {}],
    ['known', { experiment: { lookupId: null, lookupTokens: 0 } }, {}],
    ['known', { reason: 'no-holder' }, {}],
    ['known', { experiment: { lookupId: 'engine-b' } }, {}],
    ['known', { predictedTokens: 0 }, {}],
    ['routed', { headerServedBy: 'engine-b', cachedTokens: 0 }, {}],
    ['routed', { reason: 'unknown-instance', headerServedBy: 'engine-b', cachedTokens: 0 }, {}],
    ['reusable', { experiment: { reusableTokens: 0, sharedTokens: 1_030 } }, {}],
  ])('names "%s" for %j', (stage, routed, direct) => {
    expect(funnel(routed, {}, direct).worstStage).toBe(stage);
  });

  it('asks for whole chunks only where a controller has to list them', () => {
    const short: Changes = {
      experiment: { sharedTokens: 100, reusableTokens: 96, lookupTokens: 0 },
      cachedTokens: 96,
    };
    expect(tokensAt(funnel(short), 'reusable')).toBe(0);
    expect(tokensAt(funnel(short, { routing: routingOf() }), 'reusable')).toBe(960);
  });

  it('takes what was held from KV events, where they named every holder', () => {
    const half: Changes = { experiment: { lookupTokens: HIT_TOKENS / 2 } };
    const by = (events: typeof LOOKUP, learns: 'index' | 'memory' = 'index') => {
      const found = funnel(half, { routing: routingOf({ events, learns }) });
      return [tokensAt(found, 'held'), found.stages.find(({ id }) => id === 'held')!.evidence];
    };
    const direct = [10 * HIT_TOKENS, '10 requests sent straight to the holder'];
    expect(by(LOOKUP)).toEqual([5 * HIT_TOKENS, 'KV events right before each of 10 requests']);
    expect(by({ ...LOOKUP, namedHolder: 15 })).toEqual(direct);
    // It may have changed the primes on their way.
    expect(by(LOOKUP, 'memory')).toEqual(direct);
  });

  it('holds a prediction against KV events', () => {
    const routing = routingOf({ events: LOOKUP });
    const of = (predictedTokens: number | undefined) =>
      funnel({ predictedTokens }, { routing }).stages.find(({ id }) => id === 'known')!.evidence;
    expect(of(HIT_TOKENS)).toContain('10 of 10 predictions agree with KV events');
    expect(of(0)).toContain('0 of 10 predictions agree with KV events');
    expect(of(undefined)).not.toContain('predictions');
  });

  it('does not credit routing with a hit by luck', () => {
    const found = funnel({ experiment: { lookupId: null, lookupTokens: 0 } });
    expect([tokensAt(found, 'known'), tokensAt(found, 'hit')]).toEqual([0, 0]);
  });

  it('keeps what nobody reported unknown instead of lost', () => {
    const found = funnel(
      { cachedTokens: undefined },
      { routing: routingOf(), msPerToken: null },
      { cachedTokens: undefined },
    );
    const unknown = found.stages.filter((it) => it.tokens === null).map((it) => it.id);
    expect(unknown).toEqual(['held', 'known', 'hit', 'saved']);
    expect(found.worstStage).toBeNull();
  });

  it('leaves all behind "reusable" unknown in a silent deployment', () => {
    const silent: Changes = { cachedTokens: undefined, headerServedBy: undefined };
    const found = funnel(silent, { routing: routingOf() }, { cachedTokens: undefined });
    const unknown = found.stages.filter((it) => it.tokens === null).map((it) => it.id);
    expect(unknown).toEqual(['held', 'known', 'routed', 'hit', 'saved']);
    expect(found.worstStage).toBeNull();
  });

  it('says nothing without arm C', () => {
    expect(lossFunnel(runOf(measuredMany(3, COLD)))).toBeNull();
  });
});

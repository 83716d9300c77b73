import { describe, expect, it } from 'vitest';
import { lossFunnel } from '../../src/verify/evidence/funnel.ts';
import type { Observation } from '../../src/verify/evidence/observation.ts';
import { observations } from './observations.ts';

const engineIds = ['engine-a', 'engine-b'];
const cold = { arm: 'A', cachedTokens: 0, sharedTokens: 3, reusableTokens: 0, ttftMs: 60 } as const;

function funnel(routed: Partial<Observation>, msPerToken: number | null = 0.05) {
  return lossFunnel({
    observations: [
      ...observations(10, cold),
      ...observations(10, routed),
      ...observations(10, { arm: 'D' }),
    ],
    engineIds,
    msPerToken,
    routesRepeats: true,
  })!;
}

describe('loss funnel', () => {
  it('loses nothing when everything is right', () => {
    const { stages, worstStage, diagnosis, msSavedMean } = funnel({ ttftMs: 8 });
    expect(worstStage).toBeNull();
    expect(diagnosis).toBe('');
    expect(msSavedMean).toBe(52);
    expect(stages.map((it) => it.tokens)).toEqual([
      10_300, 10_240, 10_240, 10_240, 10_240, 10_240, 10_240,
    ]);
  });

  it('names "saved" when hits wait for a hot engine', () => {
    const { worstStage, diagnosis } = funnel({ ttftMs: 70 });
    expect(worstStage).toBe('saved');
    expect(diagnosis).toContain('100 % of the requests wait for one engine, engine-a');
  });

  it('blames no hot engine when the load is even', () => {
    const spread = [
      ...observations(10, cold),
      ...observations(5, { ttftMs: 70 }),
      ...observations(5, {
        ttftMs: 70,
        holderId: 'engine-b',
        servedBy: 'engine-b',
        lookupId: 'engine-b',
      }),
    ];
    const { worstStage, diagnosis } = lossFunnel({
      observations: spread,
      engineIds,
      msPerToken: 0.05,
      routesRepeats: true,
    })!;
    expect(worstStage).toBe('saved');
    expect(diagnosis).toContain('no engine is hot');
  });

  it('names "hit" when the holder was asked but did not use its cache', () => {
    expect(funnel({ cachedTokens: 0 }).worstStage).toBe('hit');
  });

  it('tells a gateway that routes exact repeats only', () => {
    const silent = { servedBy: 'engine-b', cachedTokens: 0, reason: null, predictedTokens: null };
    expect(funnel(silent)).toMatchObject({
      worstStage: 'routed',
      diagnosis: expect.stringContaining('exact repeats'),
    });
  });

  it('does not credit routing with a hit by luck', () => {
    const { stages } = funnel({ lookupId: null, lookupTokens: 0, predictedTokens: 0 });
    expect(stages.find((it) => it.id === 'known')!.tokens).toBe(0);
    expect(stages.find((it) => it.id === 'hit')!.tokens).toBe(0);
  });

  it('keeps what nobody reported unknown instead of lost', () => {
    const { stages, worstStage } = lossFunnel({
      observations: [
        ...observations(10, { cachedTokens: null }),
        ...observations(10, { arm: 'D', cachedTokens: null }),
      ],
      engineIds,
      msPerToken: null,
      routesRepeats: true,
    })!;
    const unknown = stages.filter((it) => it.tokens === null).map((it) => it.id);
    expect(unknown).toEqual(['held', 'hit', 'saved']);
    expect(worstStage).toBeNull();
  });

  it('says nothing without arm C', () => {
    expect(
      lossFunnel({
        observations: observations(3, cold),
        engineIds,
        msPerToken: 1,
        routesRepeats: true,
      }),
    ).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { compareAll } from '../../src/verify/judge/comparisons.ts';
import { doseResponse } from '../../src/verify/judge/dose-response.ts';
import { hitRate } from '../../src/verify/evidence/hit-rate.ts';
import { moneyLine } from '../../src/verify/judge/money.ts';
import type { Observation } from '../../src/verify/evidence/observation.ts';
import {
  cachedTokensClaim,
  servedBy,
  servedEvidence,
} from '../../src/verify/evidence/served-by.ts';
import { judgeThresholds, parseThresholds } from '../../src/verify/judge/thresholds.ts';
import { tokenPrediction } from '../../src/verify/evidence/token-prediction.ts';
import { observation, observations } from './observations.ts';

const ROUNDS = 8;

/** Arms whose TTFTs are known: A 100, B half 100 and half 10, C 12, D 10 ms, a little jitter on top. */
function arms(): Observation[] {
  const jitter = (index: number): number => (index % 7) / 10;
  const arm = (id: Observation['arm'], ttftMs: (index: number) => number): Observation[] =>
    Array.from({ length: 96 }, (_, index) =>
      observation({
        arm: id,
        round: index % ROUNDS,
        ttftMs: ttftMs(index) + jitter(index),
        latencyMs: ttftMs(index) + 20,
        cachedTokens: ttftMs(index) > 50 ? 0 : 1_024,
        servedBy: ttftMs(index) > 50 ? 'engine-b' : 'engine-a',
      }),
    );
  return [
    ...arm('A', () => 100),
    ...arm('B', (index) => (index % 16 < 8 ? 100 : 10)),
    ...arm('C', () => 12),
    ...arm('D', () => 10),
  ];
}

describe('comparisons', () => {
  const found = compareAll(arms(), { seed: 1, margin: 0.05 });
  const byId = Object.fromEntries(found.map((it) => [it.id, it]));

  it('tell cache gain, routing gain and gateway tax apart', () => {
    expect(byId['cache-gain']).toMatchObject({ verdict: 'better', pairs: ROUNDS });
    expect(byId['cache-gain']!.value).toBeCloseTo(0.105, 2);
    expect(byId['routing-gain']).toMatchObject({ verdict: 'better' });
    expect(byId['gateway-tax']).toMatchObject({ verdict: 'worse', statistic: 'p50' });
    expect(byId['gateway-tax']!.value).toBeCloseTo(1.2, 1);
    expect(byId['null']).toBeUndefined();
  });

  it('give the share of the possible gain that routing delivers', () => {
    expect(byId['routing-efficiency']!.value).toBeCloseTo(88 / 90, 2);
    expect(byId['routing-efficiency']!.interval!.low).toBeGreaterThan(0.9);
  });

  it('are judged by thresholds on their intervals', () => {
    const texts = ['ttft.p95.ratio < 0.8', 'ttft.p95.ratio < 0.01', 'hit_rate > 99%'];
    const judged = judgeThresholds(parseThresholds(texts), {
      arms: [],
      comparisons: found,
      hitRate: null,
      money: null,
    });
    expect(judged.map((it) => it.outcome)).toEqual(['pass', 'fail', 'inconclusive']);
  });
});

describe('the money line', () => {
  it('counts tokens and engine time that routing avoids', () => {
    const run = {
      observations: arms(),
      engineIds: ['engine-a', 'engine-b'],
      msPerToken: 0.08,
      routesRepeats: true,
    };
    const { tokensAvoidedPer1000, engineSecondsPer1000, gatewayTaxMs, breakEvenHitRate } =
      moneyLine(run, 0.5);
    expect(tokensAvoidedPer1000!.value).toBeCloseTo(512_000, -1);
    expect(engineSecondsPer1000!.value).toBeCloseTo(40.96, 1);
    expect(gatewayTaxMs!.value).toBeCloseTo(2, 5);
    // 2 ms of tax against 81.92 ms saved by a hit.
    expect(breakEvenHitRate).toBeCloseTo(0.5 + 2 / 81.92, 3);
  });
});

describe('hit rate', () => {
  it('leaves out who could not be attributed', () => {
    const found = hitRate(
      [
        ...observations(12),
        ...observations(4, { servedBy: 'engine-b' }),
        ...observations(2, { servedBy: null }),
      ],
      2,
    );
    expect(found).toMatchObject({ hits: 12, total: 16, unknown: 2, captured: 0.5 });
    expect(found.hotSpot).toEqual({ endpointId: 'engine-a', share: 0.75, fairShare: 0.5 });
  });

  it('has no chance to compare with below two endpoints', () => {
    expect(hitRate(observations(5), 1)).toMatchObject({ chance: null, captured: null, value: 1 });
  });

  it('is bounded by Wilson: 12 of 12 mean at least 75.7 %', () => {
    expect(hitRate(observations(12), 2).interval!.low).toBeCloseTo(0.7575, 3);
  });
});

describe('who served', () => {
  const engines = [
    { id: 'engine-a', address: 'a:1' },
    { id: 'engine-b', address: 'b:1' },
  ];
  const usage = (cachedTokens: number | undefined) => ({
    usage: { promptTokens: 1_040, completionTokens: 1, cachedTokens },
  });
  const request = { reusableTokens: 1_024, holder: engines[0]! };

  it('trusts the body before the header before the tokens', () => {
    expect(servedBy({ body: 'x', header: 'y' })).toEqual({ servedBy: 'x', source: 'body' });
    expect(servedBy({ 'cached-tokens': 'y' }).source).toBe('cached-tokens');
    expect(servedBy({})).toEqual({ servedBy: null, source: 'unknown' });
  });

  it('concludes from cached tokens only what follows', () => {
    expect(cachedTokensClaim(request, usage(1_024), engines)).toBe('engine-a');
    expect(cachedTokensClaim(request, usage(0), engines)).toBe('engine-b');
    expect(cachedTokensClaim(request, usage(undefined), engines)).toBeUndefined();
    const third = [...engines, { id: 'engine-c', address: 'c:1' }];
    expect(cachedTokensClaim(request, usage(0), third)).toBeUndefined();
  });

  it('says how far its sources agree', () => {
    const both = { header: 'engine-a', 'cached-tokens': 'engine-b' };
    const { agreements } = servedEvidence([observation({ claims: both })]);
    expect(agreements).toEqual([{ a: 'header', b: 'cached-tokens', compared: 1, agreed: 0 }]);
  });
});

describe('dose response', () => {
  const doses = (msPer1000: number) =>
    [0, 256, 512, 768, 1_024].flatMap((cachedTokens) =>
      [0, 1, 2].map((noise) => ({
        cachedTokens,
        ttftMs: 100 - (msPer1000 * cachedTokens) / 1_000 + noise,
      })),
    );

  it('finds the slope it was given', () => {
    const { msSavedPer1000Tokens, verdict, points } = doseResponse(doses(60));
    expect(msSavedPer1000Tokens!.value).toBeCloseTo(60, 5);
    expect(verdict).toBe('causal');
    expect(points).toHaveLength(5);
  });

  it('exposes hits that buy nothing', () => {
    expect(doseResponse(doses(0)).verdict).toBe('inconclusive');
    expect(doseResponse(doses(-60)).verdict).toBe('none');
  });

  it('decides nothing from two doses', () => {
    const two = doses(60).filter((it) => it.cachedTokens <= 256);
    expect(doseResponse(two)).toMatchObject({
      verdict: 'inconclusive',
      msSavedPer1000Tokens: null,
    });
  });
});

describe('token prediction', () => {
  it('compares only where both sides speak', () => {
    expect(tokenPrediction(observations(3, { predictedTokens: null }))).toBeNull();
    const mixed = [
      ...observations(2, { predictedTokens: 1_000 }),
      ...observations(1, { cachedTokens: 0 }),
      ...observations(1, { cachedTokens: null }),
    ];
    expect(tokenPrediction(mixed)).toMatchObject({ compared: 3, withinChunk: 2 });
  });
});

import { describe, expect, it } from 'vitest';
import type { ObservedRun } from '../../../src/verify/evidence/observed-run.ts';
import { compareAll } from '../../../src/verify/judge/comparisons.ts';
import { moneyLine } from '../../../src/verify/judge/money.ts';
import { judgeThresholds, parseThresholds } from '../../../src/verify/judge/thresholds.ts';
import type { ComparisonId } from '../../../src/verify/result/result-arms.ts';
import { HIT_TOKENS, runOf, TIMED_OUT } from '../measured.ts';
import { samplesOf, type World } from '../run-result.ts';

const ROUNDS = 8;
const SIZE = { rounds: ROUNDS, perBlock: 12, arms: 'ABCDP' } as const;

function run(world: World = {}, changes: Partial<ObservedRun> = {}): ObservedRun {
  return runOf(samplesOf({ ...SIZE, ...world }), changes);
}

function compared(world: World = {}, changes: Partial<ObservedRun> = {}) {
  const all = compareAll(run(world, changes), { seed: 1, margin: 0.05 });
  return (id: ComparisonId) => all.find((it) => it.id === id)!;
}

describe('comparisons', () => {
  const found = compared();

  it('tell cache gain, routing gain and gateway tax apart', () => {
    expect(found('cache-gain')).toMatchObject({
      base: 'P',
      treatment: 'D',
      outcome: 'pass',
      pairs: ROUNDS,
    });
    expect(found('cache-gain').value).toBeCloseTo(11 / 61, 2);
    expect(found('routing-gain')).toMatchObject({ verdict: 'better', outcome: 'pass' });
    expect(found('gateway-tax')).toMatchObject({ verdict: 'worse', statistic: 'p50' });
    expect(found('gateway-tax').value).toBeCloseTo(1.1, 1);
  });

  it('give the share of the possible gain that routing delivers, unjudged', () => {
    expect(found('routing-efficiency')).toMatchObject({ verdict: 'not-judged', kind: 'share' });
    expect(found('routing-efficiency').value).toBeCloseTo(50 / 51, 2);
  });

  it('are only of arms that were measured', () => {
    expect(found('null')).toBeUndefined();
    expect(found('cache-and-routing')).toBeUndefined();
    const alone = compared({ arms: 'AC' });
    expect(alone('cache-and-routing')).toMatchObject({
      base: 'A',
      treatment: 'C',
      outcome: 'pass',
    });
    expect(alone('routing-gain')).toBeUndefined();
  });
});

describe('the cache gain has no gateway in it', () => {
  it('is not there with caching off, whatever the gateway costs', () => {
    const off = compared({ held: 0, gatewayMs: 150 });
    expect(off('cache-gain').value).toBeCloseTo(1, 1);
    expect(off('cache-gain').outcome).toBe('fail');
  });

  it('is the same behind a slow gateway as behind a fast one', () => {
    const [slow, fast] = [compared({ gatewayMs: 150 }), compared({ gatewayMs: 0 })];
    expect(slow('cache-gain').interval).toEqual(fast('cache-gain').interval);
    expect(slow('gateway-tax').value!).toBeGreaterThan(10);
  });
});

describe('failures', () => {
  const failing = (arm: string): World => ({
    change: (request) => (request.arm === arm && request.place === 0 ? TIMED_OUT : {}),
  });

  it('of the treatment count at the time limit', () => {
    expect(compared(failing('C'))('routing-gain')).toMatchObject({
      treatmentMs: 30_000,
      outcome: 'fail',
      baseFailures: 0,
    });
  });

  it('of the base are left out, and said', () => {
    const [clean, failed] = [compared(), compared(failing('B'))];
    expect(failed('routing-gain').baseFailures).toBe(8);
    expect(failed('routing-gain').baseMs!).toBeLessThanOrEqual(clean('routing-gain').baseMs!);
    expect(failed('routing-gain').value!).toBeGreaterThanOrEqual(clean('routing-gain').value!);
  });

  it('through the gateway are no tax the less', () => {
    const tax = compared({
      change: ({ arm, place }) => (arm === 'C' && place % 3 > 0 ? TIMED_OUT : {}),
    })('gateway-tax');
    expect(tax.treatmentMs).toBe(30_000);
  });
});

describe('what a gain is claimed for', () => {
  it('is open below six rounds, or where p95 is not resolved', () => {
    for (const size of [{ rounds: 5 }, { perBlock: 8 }]) {
      expect(compared(size)('routing-gain')).toMatchObject({
        interval: null,
        outcome: 'inconclusive',
      });
    }
  });

  it('is absent for certain where the interval rules out all but the margin', () => {
    const same = compared({ router: (_holder, k, random) => random.int(k) })('routing-gain');
    expect(same.verdict).not.toBe('better');
    expect(same).toMatchObject({ outcome: 'fail', pairs: ROUNDS });
  });
});

describe('the money line', () => {
  it('counts tokens and engine time that routing avoids', () => {
    const half: World = {
      change: ({ arm, place }) => (arm === 'B' ? { cachedTokens: place % 2 ? 0 : HIT_TOKENS } : {}),
    };
    const line = moneyLine(run(half, { msPerToken: 0.08 }), 0.5);
    expect(line.tokensAvoidedPer1000!.value).toBeCloseTo(512_000, -1);
    expect(line.engineSecondsPer1000!.value).toBeCloseTo(40.96, 1);
    expect(line.gatewayTaxMs!.value).toBeCloseTo(1, 0);
    // The tax against 81.92 ms saved by a hit.
    expect(line.breakEvenHitRate).toBeCloseTo(0.5 + line.gatewayTaxMs!.value / 81.92, 6);
  });

  it('avoids nothing with failed requests', () => {
    const failed: World = { change: ({ arm }) => (arm === 'C' ? TIMED_OUT : {}) };
    expect(moneyLine(run(failed), 0.5).tokensAvoidedPer1000!.value).toBeLessThan(0);
  });

  it('is unknown where nobody reports', () => {
    const silent: World = { change: () => ({ cachedTokens: undefined }) };
    expect(moneyLine(run(silent, { msPerToken: null }), null)).toMatchObject({
      tokensAvoidedPer1000: null,
      engineSecondsPer1000: null,
      breakEvenHitRate: null,
    });
  });
});

describe('thresholds', () => {
  it('on ratios hold with their whole interval only', () => {
    const comparisons = compareAll(run(), { seed: 1, margin: 0.05 });
    const texts = ['ttft.p95.ratio < 0.8', 'ttft.p95.ratio < 0.01', 'hit_rate > 99%'];
    const judged = judgeThresholds(parseThresholds(texts), {
      arms: [],
      comparisons,
      hitRate: null,
      money: null,
    });
    expect(judged.map((it) => it.outcome)).toEqual(['pass', 'fail', 'inconclusive']);
  });
});

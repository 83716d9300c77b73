import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/base/outcome.ts';
import type { FailureClass } from '../../../src/load/sample.ts';
import { latencyMs } from '../../../src/load/sample.ts';
import type { Interval } from '../../../src/stats/interval.ts';
import type { MeasuredSample } from '../../../src/verify/evidence/measured.ts';
import type { ArmId, ComparisonId } from '../../../src/verify/result/result-arms.ts';
import type { HitRate } from '../../../src/verify/result/result-evidence.ts';
import type { VerifyResult } from '../../../src/verify/result/result.ts';
import { blockOf, measured, phaseOf, TIMED_OUT } from '../measured.ts';
import { checkOf, resultOf, type World } from '../run-result.ts';

const SIZE = { rounds: 6, perBlock: 16 } as const;
/** Bounds near what these worlds come to, so that a shift shows. */
const THRESHOLDS = [
  'ttft.p95 < 65ms',
  'ttft.mean < 40ms',
  'latency.p50 < 40ms',
  'error_rate <= 5%',
  'hit_rate >= 75%',
  'prefix_hit_rate >= 70%',
  'ttft.p95.ratio < 1',
  'cache_gain.ratio < 0.5',
  'gateway_tax.ratio < 1.5',
  'gateway_tax.ms < 5ms',
  'routing_efficiency > 50%',
];

type Way = 'removed' | Extract<FailureClass, 'timeout' | 'http' | 'reset' | 'protocol' | 'empty'>;
const WAYS: readonly Way[] = ['removed', 'timeout', 'http', 'reset', 'protocol', 'empty'];

/** The slowest twentieth of an arm, gone or failed. */
function censored(samples: readonly MeasuredSample[], arm: ArmId, way: Way): MeasuredSample[] {
  const ofArm = samples
    .filter((it) => it.arm === arm)
    .toSorted((a, b) => latencyMs(b) - latencyMs(a));
  const slowest = new Set(ofArm.slice(0, Math.ceil(ofArm.length / 20)));
  return samples.flatMap((it) =>
    slowest.has(it) ? (way === 'removed' ? [] : [failed(it, way)]) : [it],
  );
}

/** A refusal is quick and says who refused; a broken stream had begun. */
function failed(it: MeasuredSample, failure: Exclude<Way, 'removed'>): MeasuredSample {
  const { arm, block, id, experiment, headerServedBy } = it;
  if (failure === 'timeout' || failure === 'reset')
    return measured({ ...TIMED_OUT, arm, block, id, experiment, failure });
  const status = failure === 'http' ? 503 : 200;
  return measured({
    ...TIMED_OUT,
    arm,
    block,
    id,
    experiment,
    failure,
    status,
    headerServedBy,
    endMs: 2,
  });
}

function resultsOf(
  world: World,
  arm: keyof typeof ARMS,
  way: Way,
): [before: VerifyResult, after: VerifyResult] {
  const step = phaseOf([]);
  const planned = { certain: SIZE.perBlock, throughGateway: 0 };
  const counts = (['B', 'C', 'D'] as const).flatMap((it) =>
    Array.from({ length: SIZE.rounds }, (_, round) =>
      blockOf(it, { round, primes: step, measured: { ...step, ...planned } }),
    ),
  );
  const build = (change: (samples: MeasuredSample[]) => MeasuredSample[]): VerifyResult =>
    resultOf({
      ...SIZE,
      ...world,
      arms: ARMS[arm],
      thresholds: THRESHOLDS,
      ledger: (ledger) => Object.assign(ledger, { samples: change(ledger.samples), counts }),
    });
  return [build((it) => it), build((it) => censored(it, arm, way))];
}

const RANK: Readonly<Record<Outcome, number>> = {
  error: 0,
  invalid: 0,
  fail: 1,
  inconclusive: 2,
  pass: 3,
};

function expectNoBetter(
  before: Outcome | undefined,
  after: Outcome | undefined,
  what: string,
): void {
  expect(RANK[after!], what).toBeLessThanOrEqual(RANK[before!]);
}

interface Figure {
  value: number | null;
  interval: Interval | null;
}

/** Lower is better: neither the value nor an end may fall; what becomes unknown claims nothing. */
function expectNoLower(before: Figure, after: Figure, what: string): void {
  for (const [was, is] of pairsOf(before, after)) {
    expect(is, what).toBeGreaterThanOrEqual(was - 1e-9);
  }
}

function expectNoHigher(before: Figure, after: Figure, what: string): void {
  for (const [was, is] of pairsOf(before, after)) {
    expect(is, what).toBeLessThanOrEqual(was + 1e-9);
  }
}

function pairsOf(before: Figure, after: Figure): [was: number, is: number][] {
  const ends = ({ value, interval }: Figure) => [value, interval?.low, interval?.high];
  const others = ends(after);
  return ends(before).flatMap((was, index) => {
    const is = others[index];
    return was == null || is == null ? [] : [[was, is] as [number, number]];
  });
}

function ratioOf({ comparisons }: VerifyResult, id: ComparisonId) {
  return comparisons.find((it) => it.id === id)!;
}

/** Arms that the claims of a censored arm are made of. */
const ARMS = { B: 'BC', C: 'BCD', D: 'CDP', P: 'DP' } as const;

/** Claims of faster treatment, by the arm that was censored. */
const CLAIMS: Readonly<Record<string, readonly ComparisonId[]>> = {
  B: ['routing-gain'],
  C: ['routing-gain', 'gateway-tax'],
  D: ['cache-gain', 'gateway-tax'],
  P: ['cache-gain'],
};

const worlds = fc.record({
  seed: fc.nat(),
  skill: fc.double({ min: 0, max: 1, noNaN: true }),
  sigma: fc.constantFrom(0, 0.1, 0.5, 1),
  hitMs: fc.constantFrom(10, 40, 60),
  gatewayMs: fc.constantFrom(0, 3, 20),
  names: fc.boolean(),
});

function worldOf({ skill, names, ...world }: { skill: number; names: boolean } & World): World {
  return {
    ...world,
    router: (holder, k, random) => (random.next() < skill ? holder : random.int(k)),
    change: () => (names ? {} : { headerServedBy: undefined }),
  };
}

describe('the slowest twentieth of an arm', () => {
  it.each(['B', 'C', 'D', 'P'] as const)('of %s, removed or failed, improves nothing', (arm) => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(...WAYS), (world, way) => {
        const [before, after] = resultsOf(worldOf(world), arm, way);
        for (const id of CLAIMS[arm]!) {
          const [was, is] = [ratioOf(before, id), ratioOf(after, id)];
          expectNoLower(was, is, id);
          if (was.outcome !== null) expectNoBetter(was.outcome, is.outcome!, id);
        }
        if (arm !== 'C') return;
        expectNoBetterRouting(before, after);
        expectNoNewPass(before, after);
      }),
      { numRuns: 8, seed: 1 },
    );
  });
});

/** Everything that arm C's requests make up. */
function expectNoBetterRouting(before: VerifyResult, after: VerifyResult): void {
  const [was, is] = [before.hitRate!, after.hitRate!];
  // The ends of its interval follow the spread between blocks, which may go either way.
  expectNoHigher(
    { value: was.value, interval: null },
    { value: is.value, interval: null },
    'hit rate',
  );
  const captured = ({ captured: value }: HitRate): Figure => ({ value, interval: null });
  expectNoHigher(captured(was), captured(is), 'captured');
  expect(is.bounds!.low).toBeLessThanOrEqual(was.bounds!.low);
  expect(is.bounds!.high).toBeLessThanOrEqual(was.bounds!.high);
  const armOf = ({ arms }: VerifyResult) => arms.find((it) => it.id === 'C')!;
  const prefix = (result: VerifyResult): Figure => ({
    value: armOf(result).prefixHitRate,
    interval: null,
  });
  expectNoHigher(prefix(before), prefix(after), 'prefix hit rate');
  const avoided = ({ money }: VerifyResult): Figure => ({
    value: money!.tokensAvoidedPer1000?.value ?? null,
    interval: null,
  });
  expectNoHigher(avoided(before), avoided(after), 'tokens avoided');
  expectNoLower(
    { value: before.money!.gatewayTaxMs?.value ?? null, interval: null },
    { value: after.money!.gatewayTaxMs?.value ?? null, interval: null },
    'gateway tax',
  );
  expectNoHigher(
    ratioOf(before, 'routing-efficiency'),
    ratioOf(after, 'routing-efficiency'),
    'efficiency',
  );
  for (const percent of ['p50', 'p95', 'p99'] as const) {
    expectNoLower(armOf(before).ttft![percent], armOf(after).ttft![percent], percent);
    expectNoLower(armOf(before).latency![percent], armOf(after).latency![percent], percent);
  }
}

/** Means and shares have intervals that follow the spread: a failure may open them, it must not pass them. */
function expectNoNewPass(before: VerifyResult, after: VerifyResult): void {
  before.thresholds.forEach(({ text, outcome }, index) => {
    expectPassBefore(outcome, after.thresholds[index]!.outcome, text);
  });
  for (const id of ['preferred-hit-rate', 'routing-gain', 'requests-succeed']) {
    expectPassBefore(checkOf(before, id), checkOf(after, id), id);
  }
  expectPassBefore(before.outcome, after.outcome, 'outcome');
}

function expectPassBefore(
  before: Outcome | undefined,
  after: Outcome | undefined,
  what: string,
): void {
  if (after === 'pass') expect(before, what).toBe('pass');
}

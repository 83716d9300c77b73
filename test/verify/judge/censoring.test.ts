import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/base/outcome.ts';
import type { FailureClass } from '../../../src/load/sample.ts';
import { latencyMs } from '../../../src/load/sample.ts';
import type { Interval } from '../../../src/stats/interval.ts';
import type { MeasuredSample } from '../../../src/verify/evidence/measured.ts';
import type {
  ArmId,
  ArmSummary,
  Comparison,
  ComparisonId,
} from '../../../src/verify/result/result-arms.ts';
import type { MoneyLine } from '../../../src/verify/result/result-attribution.ts';
import type { HitRate } from '../../../src/verify/result/result-evidence.ts';
import type { VerifyResult } from '../../../src/verify/result/result.ts';
import { blockOf, measured, phaseOf, TIMED_OUT } from '../measured.ts';
import { resultOf, type World } from '../run-result.ts';

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

/** Arms that the claims of a censored arm are made of. */
const ARMS = { B: 'BC', C: 'BCD', D: 'CDP', P: 'DP' } as const;
type CensoredArm = keyof typeof ARMS;

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
  arm: CensoredArm,
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

interface Figure {
  value: number | null;
  interval: Interval | null;
}

const bare = (value: number | null | undefined): Figure => ({
  value: value ?? null,
  interval: null,
});

/** Each pair that moved the wrong way, in words; what becomes unknown claims nothing. */
function moved(
  what: string,
  [before, after]: readonly [Figure, Figure],
  isWorse: (was: number, is: number) => boolean,
): string[] {
  const ends = ({ value, interval }: Figure) => [value, interval?.low, interval?.high];
  const others = ends(after);
  return ends(before).flatMap((was, index) => {
    const is = others[index];
    return was == null || is == null || !isWorse(was, is) ? [] : [`${what}: ${was} → ${is}`];
  });
}

const lowered = (what: string, before: Figure, after: Figure): string[] =>
  moved(what, [before, after], (was, is) => is < was - 1e-9);
const raised = (what: string, before: Figure, after: Figure): string[] =>
  moved(what, [before, after], (was, is) => is > was + 1e-9);

function ratioOf({ comparisons }: VerifyResult, id: ComparisonId) {
  return comparisons.find((it) => it.id === id)!;
}

/** Claims of a faster treatment, by the arm that was censored. */
const CLAIMS = {
  B: ['routing-gain'],
  C: ['routing-gain', 'gateway-tax'],
  D: ['cache-gain', 'gateway-tax'],
  P: ['cache-gain'],
} as const;

function improvedClaims(before: VerifyResult, after: VerifyResult, arm: CensoredArm): string[] {
  return CLAIMS[arm].flatMap((id) => {
    const [was, is] = [ratioOf(before, id), ratioOf(after, id)];
    const isBetter = was.outcome !== null && RANK[is.outcome!] > RANK[was.outcome];
    return [
      ...lowered(id, was, is),
      ...(isBetter ? [`${id}: ${was.outcome} → ${is.outcome}`] : []),
    ];
  });
}

/**
 * Everything that arm C's requests make up. Intervals of means and shares follow the spread between
 * blocks, which may go either way: there only the value is held, and what passes.
 */
function improvedRouting(before: VerifyResult, after: VerifyResult): string[] {
  const [was, is] = [before, after].map(({ arms, hitRate, money, comparisons }) => ({
    arm: arms.find((it) => it.id === 'C')!,
    hits: hitRate!,
    money: money!,
    efficiency: comparisons.find((it) => it.id === 'routing-efficiency')!,
  })) as [Routed, Routed];
  return [
    ...raised('hit rate', bare(was.hits.value), bare(is.hits.value)),
    ...raised('captured', bare(was.hits.captured), bare(is.hits.captured)),
    ...raised('lower bound', bare(was.hits.bounds!.low), bare(is.hits.bounds!.low)),
    ...raised('upper bound', bare(was.hits.bounds!.high), bare(is.hits.bounds!.high)),
    ...raised('prefix hit rate', bare(was.arm.prefixHitRate), bare(is.arm.prefixHitRate)),
    ...raised(
      'tokens avoided',
      bare(was.money.tokensAvoidedPer1000?.value),
      bare(is.money.tokensAvoidedPer1000?.value),
    ),
    ...lowered('tax', bare(was.money.gatewayTaxMs?.value), bare(is.money.gatewayTaxMs?.value)),
    ...raised('efficiency', was.efficiency, is.efficiency),
    ...(['p50', 'p95', 'p99'] as const).flatMap((percent) => [
      ...lowered(`ttft ${percent}`, was.arm.ttft![percent], is.arm.ttft![percent]),
      ...lowered(`latency ${percent}`, was.arm.latency![percent], is.arm.latency![percent]),
    ]),
    ...newPasses(before, after),
  ];
}

interface Routed {
  arm: ArmSummary;
  hits: HitRate;
  money: MoneyLine;
  efficiency: Comparison;
}

function newPasses(before: VerifyResult, after: VerifyResult): string[] {
  const passes = ({ outcome, checks }: VerifyResult): string[] => [
    ...checks.filter((it) => it.outcome === 'pass').map(({ claim }) => claim),
    ...(outcome === 'pass' ? ['the run'] : []),
  ];
  const known = new Set(passes(before));
  return passes(after).filter((it) => !known.has(it));
}

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

describe('the slowest twentieth of an arm, removed or failed', () => {
  it.each(['B', 'C', 'D', 'P'] as const)('improves nothing: %s', (arm) => {
    const property = fc.property(worlds, fc.constantFrom(...WAYS), (world, way) => {
      const [before, after] = resultsOf(worldOf(world), arm, way);
      const improved = improvedClaims(before, after, arm);
      if (arm === 'C') improved.push(...improvedRouting(before, after));
      expect(improved).toEqual([]);
    });
    fc.assert(property, { numRuns: 8, seed: 1 });
  });
});

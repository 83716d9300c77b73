import { describe, expect, it } from 'vitest';
import { createRandom, mixSeed } from '../../../src/base/random.ts';
import {
  agreementByChance,
  type Finding,
  isDecided,
  isSkill,
  learnsOf,
  testOf,
} from '../../../src/verify/evidence/routing.ts';
import type { RoutingTest } from '../../../src/verify/result/result-evidence.ts';

const BATCH = 8;
const TRIALS_MAX = 48;

/** A test as the probe makes it: eight repeats at a time until it is decided. */
function probed(id: RoutingTest['id'], find: () => Finding, chance: number): RoutingTest {
  const findings: Finding[] = [];
  while (findings.length < TRIALS_MAX && !isDecided(findings, chance)) {
    for (let trial = 0; trial < BATCH; trial++) findings.push(find());
  }
  return testOf(id, findings, chance);
}

interface Rates {
  skilled: number;
  named: Record<string, number>;
  trialsMax: number;
}

/** Of 3,000 probes of a router that finds a beginning with this share. */
function ratesOf(share: number, k: number): Rates {
  const random = createRandom(mixSeed(11, share, k));
  const rates: Rates = { skilled: 0, named: {}, trialsMax: 0 };
  for (let run = 0; run < 3_000; run++) {
    const test = probed('memory', () => random.next() < share, 1 / k);
    if (isSkill(test)) rates.skilled++;
    const { learns } = learnsOf([test]);
    rates.named[learns] = (rates.named[learns] ?? 0) + 1;
    rates.trialsMax = Math.max(rates.trialsMax, test.trials);
  }
  return rates;
}

describe.each([2, 3, 5])('the probe of %i engines', (k) => {
  it('always knows a router that finds every beginning, from two batches at most', () => {
    expect(ratesOf(1, k)).toEqual({
      skilled: 3_000,
      named: { memory: 3_000 },
      trialsMax: k === 2 ? 16 : 8,
    });
  });

  it('knows one that gives way now and then in 99 of 100 runs', () => {
    expect(ratesOf(0.9, k).skilled).toBeGreaterThanOrEqual(2_970);
  });

  it('takes a blind one for skilled in at most 2 of 1,000, and names it in 97 of 100', () => {
    const { skilled, named } = ratesOf(1 / k, k);
    expect(skilled).toBeLessThanOrEqual(6);
    expect(named['none']).toBeGreaterThanOrEqual(2_910);
  });
});

describe('what nobody could tell', () => {
  it('decides nothing', () => {
    const silent = Array.from({ length: TRIALS_MAX }, () => undefined);
    expect(isDecided(silent, 0.5)).toBe(false);
    const test = testOf('memory', silent, 0.5);
    expect(test).toMatchObject({ trials: 48, found: 0, unknown: 48, interval: null, p: null });
    expect(learnsOf([test]).learns).toBe('unknown');
  });

  it('is no skill where the number of engines is unknown', () => {
    const test = testOf(
      'memory',
      Array.from({ length: 48 }, () => true),
      null,
    );
    expect(test.p).toBeNull();
    expect(isSkill(test)).toBe(false);
    expect(learnsOf([test]).learns).toBe('unknown');
  });

  it('cannot be told from one engine that gets everything', () => {
    const all = Array.from({ length: 48 }, () => true);
    expect(isDecided(all, 0.9)).toBe(true);
    expect(learnsOf([testOf('memory', all, 0.9)]).learns).toBe('unknown');
  });

  it('of the index alone says nothing of memory', () => {
    const missed = Array.from({ length: 48 }, (_, index) => index % 2 === 0);
    expect(learnsOf([testOf('index', missed, 0.5)]).learns).toBe('unknown');
  });
});

describe('the kind of a router', () => {
  const all = Array.from({ length: 16 }, () => true);
  const half = Array.from({ length: 48 }, (_, index) => index % 2 === 0);
  const found = (...ids: RoutingTest['id'][]) =>
    (['index', 'memory', 'memory-exact', 'connection', 'session'] as const).map((id) =>
      testOf(id, ids.includes(id) ? all : half, 0.5),
    );

  it.each([
    ['index', 'index', 'prefixes'],
    ['memory', 'memory', 'prefixes'],
    ['memory-exact', 'memory', 'exact-repeats'],
    ['connection', 'connection', null],
    ['session', 'session', null],
  ] as const)('that finds the repeats of test "%s" is %s', (id, learns, scope) => {
    expect(learnsOf(found(id))).toEqual({ learns, scope });
  });

  it('is none where no test finds more than chance', () => {
    expect(learnsOf(found())).toEqual({ learns: 'none', scope: null });
  });

  it('is the first that is certain: what knows the index needs no memory', () => {
    expect(learnsOf(found('index', 'memory')).learns).toBe('index');
  });
});

describe('agreement by chance', () => {
  it('is 1/k for even shares and the share itself for one that gets all', () => {
    expect(agreementByChance({ a: 5, b: 5 }, { a: 1, b: 1 })).toBeCloseTo(0.5, 10);
    expect(agreementByChance({ a: 8 }, { a: 3, b: 1 })).toBeCloseTo(0.75, 10);
    expect(agreementByChance({ a: 3, b: 1 }, { a: 1, b: 3 })).toBeCloseTo(0.375, 10);
    expect(agreementByChance({}, { a: 1 })).toBe(0);
  });
});

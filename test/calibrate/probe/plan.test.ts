import { describe, expect, it } from 'vitest';
import { sumOf } from '../../../src/base/lists.ts';
import { type Probe, probePlan, type ProbeLimits } from '../../../src/calibrate/probe/plan.ts';

const LIMITS: ProbeLimits = {
  rounds: 8,
  contextTokens: 8_192,
  batch: 32,
  cacheTokens: 131_072,
  hasTier: false,
  seed: 1,
  runId: 'r',
};

function probesOf(limits: ProbeLimits): Probe[] {
  const { prime, rounds, tier } = probePlan(limits);
  return [...prime, ...rounds.flat(), ...tier].flatMap(({ probes }) => probes);
}

const lengthOf = ({ prefix, own, outputTokens }: Probe): number =>
  (prefix?.tokens ?? 0) + own.tokens + outputTokens;

describe('a plan of probes', () => {
  it.each([
    ['a large engine', LIMITS],
    ['a small one', { ...LIMITS, contextTokens: 512, cacheTokens: 4_096, batch: 4 }],
    ['one that takes one at a time', { ...LIMITS, batch: 1 }],
  ])('keeps to what %s can take', (_, limits) => {
    const { rounds } = probePlan(limits);
    expect(Math.max(...probesOf(limits).map(lengthOf))).toBeLessThanOrEqual(limits.contextTokens);
    const sizes = rounds.flat().map(({ probes }) => probes.length);
    expect(Math.max(...sizes)).toBe(limits.batch);
    const kept = new Map(
      probesOf(limits).flatMap(({ prefix }) =>
        prefix ? [[prefix.name, prefix.tokens] as const] : [],
      ),
    );
    expect(sumOf(kept.values())).toBeLessThanOrEqual(limits.cacheTokens);
  });

  it('asks in every round for all that tells terms apart', () => {
    for (const round of probePlan(LIMITS).rounds) {
      const decoding = round.filter(({ arm }) => arm === 'decode');
      expect(new Set(decoding.map(({ probes }) => probes.length)).size).toBeGreaterThan(2);
      expect(decoding.some(({ probes }) => probes[0]!.prefix !== undefined)).toBe(true);
      expect(round.filter(({ arm }) => arm === 'cold').length).toBeGreaterThan(3);
      expect(round.filter(({ arm }) => arm === 'warm').length).toBeGreaterThan(3);
    }
  });

  it('asks nothing twice but what it has primed, and nothing that another run asked', () => {
    const names = probesOf(LIMITS).map(({ own }) => own.name);
    expect(new Set(names).size).toBe(names.length);
    const others = probesOf({ ...LIMITS, runId: 'other' }).map(({ own }) => own.name);
    expect(names.filter((it) => others.includes(it))).toEqual([]);
    const primed = probePlan(LIMITS).prime.map(({ probes }) => probes[0]!.prefix!.name);
    const used = probesOf(LIMITS).flatMap(({ prefix }) => prefix?.name ?? []);
    expect(used.filter((it) => !primed.includes(it))).toEqual([]);
  });

  it('asks for the second tier last, and only when told to', () => {
    expect(probePlan(LIMITS).tier).toEqual([]);
    expect(probePlan({ ...LIMITS, hasTier: true }).tier).toHaveLength(24);
  });
});

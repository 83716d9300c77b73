import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { worstOutcome } from '../../../src/base/outcome.ts';
import { CAUSES } from '../../../src/verify/judge/causes/causes.ts';
import { targetsOf } from '../../helpers/targets.ts';
import { enginesOf, TIMED_OUT } from '../measured.ts';
import {
  checkOf,
  findingOf,
  GOOD_LOOKUP,
  resultOf,
  testOfKind,
  type World,
} from '../run-result.ts';
import { blind } from '../simulated-runs.ts';

const IDS = new Set([...CAUSES.map(({ id }) => id), 'not-known']);

/** Worlds of every mixture of faults. */
const worlds = fc
  .record({
    seed: fc.nat(),
    k: fc.constantFrom(2, 3),
    skill: fc.double({ min: 0, max: 1, noNaN: true }),
    held: fc.constantFrom(0, 0.5, 1),
    // Six rounds of 12 give intervals.
    size: fc.constantFrom([2, 8] as const, [6, 12] as const),
    slowMs: fc.constantFrom(0, 1, 60, 150),
    named: fc.integer({ min: 0, max: 16 }),
    learns: fc.constantFrom('index', 'memory', 'none', 'session', 'unknown'),
    fails: fc.constantFrom(0, 0.04, 0.3),
    isSilent: fc.boolean(),
    finding: fc.constantFrom('cached-tokens', 'token-count', 'distinct-engines', null),
  })
  .map(
    ({ seed, k, skill, held, size, slowMs, named, learns, fails, isSilent, finding }): World => ({
      seed,
      k,
      held,
      arms: 'BCDP',
      rounds: size[0],
      perBlock: size[1],
      gatewayMs: slowMs,
      router: (holder, engines, random) =>
        random.next() < skill ? holder : blind(holder, engines, random),
      change: ({ arm, place }) => ({
        ...(isSilent && { headerServedBy: undefined, cachedTokens: undefined }),
        ...(arm === 'C' && place < fails * size[1] && TIMED_OUT),
      }),
      ledger: (ledger) =>
        Object.assign(ledger.routing!, {
          learns,
          lookup: { ...GOOD_LOOKUP, namedHolder: named },
          tests: [
            testOfKind('index', learns === 'index'),
            testOfKind('memory', learns === 'memory'),
          ],
        }),
      findings: finding === null ? [] : [findingOf(finding, 'fail')],
      thresholds: ['hit_rate >= 90%', 'error_rate <= 5%'],
    }),
  );

describe('one judgement', () => {
  it('outcome, checks, cause and headline say the same of any run', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { outcome, checks, cause, headline, invalidations, comparisons } = resultOf(world);
        const worst = worstOutcome(checks.map((it) => it.outcome));
        expect(outcome).toBe(
          worst === 'error' ? 'error' : invalidations.length > 0 ? 'invalid' : worst,
        );
        if (outcome === 'pass') expect(cause).toBeNull();
        if (cause) {
          expect(IDS).toContain(cause.id);
          expect(cause.considered).not.toContain(cause.id);
        }
        for (const found of comparisons) {
          const check = checks.find((it) => it.id === found.id);
          if (check) expect(check.outcome).toBe(found.outcome);
        }
        for (const check of checks) {
          if (check.outcome !== 'pass' && check.id !== 'routing-gain')
            expect(check.remedy).not.toBe('');
          if (check.outcome === 'pass') expect(check.remedy).toBe('');
        }
        if (invalidations.length > 0) expect(headline).toContain(invalidations[0]!.reason);
        else if (checkOf({ checks }, 'preferred-hit-rate') === 'fail')
          expect(headline).toContain('does not bring requests to the engine');
        else if (checkOf({ checks }, 'routing-gain') === 'pass')
          expect(headline).toContain('saves');
        else if (checkOf({ checks }, 'routing-gain') === 'inconclusive')
          expect(headline).toContain('is open');
      }),
      { numRuns: 40, seed: 3 },
    );
  });
});

describe('a gain', () => {
  it('is no success where requests fail or a threshold does: the headline names them', () => {
    const world: World = {
      arms: 'BCDP',
      rounds: 6,
      perBlock: 24,
      change: ({ arm, place }) => (arm === 'D' && place === 0 ? TIMED_OUT : {}),
    };
    const { outcome, headline } = resultOf({ ...world, thresholds: ['ttft.p50 < 1ms'] });
    expect(outcome).toBe('fail');
    expect(headline).toContain('Routing saves');
    expect(headline).toContain('But this does not hold: Requests are answered, to their end.');
    expect(headline).toContain('The threshold holds: ttft.p50 < 1ms.');
    expect(resultOf({ ...world, change: () => ({}) }).headline).not.toContain('But');
  });
});

describe('what cannot be judged', () => {
  const small = { arms: 'BCDP' } as const;

  it('is one engine: every choice is the right one', () => {
    const result = resultOf({ ...small, k: 1 });
    expect(checkOf(result, 'preferred-hit-rate')).toBe('inconclusive');
    expect(checkOf(result, 'routing-gain')).toBe('inconclusive');
    expect(checkOf(result, 'requests-succeed')).toBe('pass');
    expect(result.checks.find((it) => it.id === 'routing-gain')!.remedy).toContain(
      'one engine only',
    );
    expect(result.hitRate!.chance).toBeNull();
  });

  it('is two engines at one address', () => {
    const [one] = enginesOf(1);
    const engines = [one!, { ...one!, id: 'engine-b' }];
    const result = resultOf({ ...small, options: { targets: targetsOf({ engines }) } });
    expect(checkOf(result, 'routing-gain')).toBe('inconclusive');
    expect(result.checks.find((it) => it.id === 'routing-gain')!.remedy).toContain('one address');
  });

  it('is a gateway of which nobody says how many engines it has', () => {
    const world: World = {
      arms: 'AC',
      ledger: (ledger) => Object.assign(ledger.routing!, { lookup: null }),
      options: { targets: targetsOf({ gatewayUrl: 'http://127.0.0.1:1' }) },
    };
    expect(checkOf(resultOf(world), 'preferred-hit-rate')).toBe('inconclusive');
    const told = targetsOf({ gatewayUrl: 'http://127.0.0.1:1', replicas: 2 });
    expect(checkOf(resultOf({ ...world, options: { targets: told } }), 'preferred-hit-rate')).toBe(
      'pass',
    );
  });
});

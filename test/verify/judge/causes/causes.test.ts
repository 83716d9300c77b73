import { describe, expect, it } from 'vitest';
import { CAUSES } from '../../../../src/verify/judge/causes/causes.ts';
import type { Ledger } from '../../../../src/verify/experiment/ledger.ts';
import type { ControlEvidence } from '../../../../src/verify/result/result.ts';
import type { PhaseCount } from '../../../../src/verify/evidence/block-count.ts';
import type {
  LookupEvidence,
  RoutingEvidence,
  SourceTrust,
} from '../../../../src/verify/result/result-evidence.ts';
import { blockOf, type Changes, phaseOf, PROMPT_TOKENS, TIMED_OUT } from '../../measured.ts';
import { findingOf, GOOD_LOOKUP, resultOf, testOfKind, type World } from '../../run-result.ts';
import { blind, wrong } from '../../simulated-runs.ts';

const PER_BLOCK = 16;

function routing(changes: Partial<RoutingEvidence>): Pick<World, 'ledger'> {
  return { ledger: (ledger) => Object.assign(ledger.routing!, changes) };
}

const lookup = (changes: Partial<LookupEvidence>) =>
  routing({ lookup: { ...GOOD_LOOKUP, ...changes } });

/** A gateway that asks no controller. */
function learning(changes: Partial<RoutingEvidence>): Pick<World, 'ledger'> {
  const tests = (['index', 'memory'] as const).map((id) => testOfKind(id, false));
  return routing({ lookup: null, scope: null, tests, ...changes });
}

function untrusted(source: SourceTrust['source'], isTrusted = false): Pick<World, 'ledger'> {
  const dissent = { source, compared: 16, agreed: 8, isTrusted, contradiction: 'both said' };
  return { ledger: (ledger) => (ledger.trust = { ...ledger.trust, sources: [dissent] }) };
}

/** Arm C as the engines counted it: so many requests at each of two, of prompts of so many tokens. */
function counted(perEngine: number, surplusTokens = PROMPT_TOKENS): Pick<World, 'ledger'> {
  const surplus = Math.max(0, 2 * perEngine - PER_BLOCK);
  const step = phaseOf(
    [
      [perEngine, 0],
      [perEngine, 0],
    ],
    { certain: PER_BLOCK, throughGateway: PER_BLOCK, promptTokens: PER_BLOCK * PROMPT_TOKENS },
  );
  const tokens = PER_BLOCK * PROMPT_TOKENS + surplus * surplusTokens;
  return { ledger: (ledger) => addCounts(ledger, step, tokens) };
}

function addCounts(ledger: Ledger, step: PhaseCount, tokens: number): void {
  for (const engine of Object.values(step.delta.engines)) {
    Object.assign(engine, { promptTokens: tokens / 2, prefixHits: null });
  }
  ledger.counts = [0, 1].map((round) => blockOf('C', { round, primes: step, measured: step }));
}

const inArm = (
  arms: string,
  changes: Changes,
  isMeant: (request: { place: number }) => boolean = () => true,
) =>
  ({
    change: (request) => (arms.includes(request.arm) && isMeant(request) ? changes : {}),
  }) satisfies World;

/** Enough for intervals of the gains. */
const LARGE = { arms: 'BCDP', rounds: 6, perBlock: 12 } as const;
const isSeldom = ({ place }: { place: number }): boolean => place === 0;
const SLOW = { ttftMs: 62 };
const ONE_HOLDER: World['change'] = ({ arm }) =>
  arm === 'C' ? { experiment: { holderId: 'engine-a' }, headerServedBy: 'engine-b' } : {};

/** A control experiment that cannot tell a saving from none, and how large it could be. */
function savingAtMost(highMs: number): Partial<ControlEvidence> {
  const interval = { low: -highMs, high: highMs, confidence: 0.95 };
  return { effect: 'unclear', differenceMs: { value: 0, interval, n: 12 } };
}

/** By cause: a world that shows it, one that nearly does, and what that one is instead. */
const WORLDS: Record<string, [shows: World, nearly: World, instead: string | null]> = {
  'answered-without-engine': [counted(6), counted(8), null],
  'engines-are-one-process': [
    routing({ isOneProcess: true }),
    routing({ isOneProcess: false }),
    null,
  ],
  'repeated-requests': [counted(12), counted(12, 40), 'foreign-traffic'],
  'foreign-traffic': [
    counted(12, 40),
    {
      ledger: (ledger) => {
        counted(12, 40).ledger!(ledger);
        ledger.routing!.isOneProcess = true;
      },
    },
    'engines-are-one-process',
  ],
  'prompt-rewritten': [
    { ...routing({ addedTokens: 50 }), ...inArm('ABC', { promptTokens: PROMPT_TOKENS + 50 }) },
    { ...routing({ addedTokens: 1 }), router: blind },
    'hint-ignored',
  ],
  'tokens-it-cannot-have': [
    untrusted('cached-tokens'),
    untrusted('header'),
    'evidence-contradicts',
  ],
  'evidence-contradicts': [untrusted('header'), untrusted('header', true), null],
  'prefix-caching-off': [
    { held: 0, ledger: (ledger) => (ledger.controls = { ...ledger.controls!, effect: 'absent' }) },
    { held: 0.5 },
    'eviction',
  ],
  eviction: [{ held: 0.5 }, { held: 0.97 }, null],
  'prompts-too-short': [
    { router: blind, findings: [findingOf('prompt-length', 'fail')] },
    { router: blind, findings: [findingOf('prompt-length', 'pass')] },
    'hint-ignored',
  ],
  'wrong-instance-ids': [
    { ...lookup({ strangers: ['vllm-1'], namedHolder: 0 }), router: blind },
    { ...lookup({ namedHolder: 8 }), router: blind },
    'stale-index',
  ],
  'empty-index': [
    { ...lookup({ listed: 0, namedHolder: 0 }), router: blind },
    { ...lookup({ listed: 1, namedHolder: 0 }), router: blind },
    'stale-index',
  ],
  'stale-index': [
    { ...lookup({ namedHolder: 8 }), router: blind },
    { ...lookup({ namedHolder: 8, strangers: ['vllm-1'] }), router: blind },
    'wrong-instance-ids',
  ],
  'events-missing': [
    routing({ lookup: null, events: { ...GOOD_LOOKUP, namedHolder: 8 } }),
    routing({ lookup: null, events: GOOD_LOOKUP }),
    null,
  ],
  'lookup-fails': [
    { router: blind, ...inArm('C', { reason: 'lookup-timeout' }) },
    { router: blind, ...inArm('C', { reason: 'lookup-timeout' }, isSeldom) },
    'hint-ignored',
  ],
  'tokens-differ': [
    {
      router: blind,
      ...inArm('C', { reason: 'no-holder' }),
      ...learning({ learns: 'none', lookup: GOOD_LOOKUP }),
    },
    { router: blind, ...inArm('C', { reason: 'no-holder' }) },
    'not-known',
  ],
  'exact-repeats-only': [
    { router: blind, ...learning({ learns: 'memory', scope: 'exact-repeats' }) },
    { router: blind, ...learning({ learns: 'memory', scope: 'prefixes' }) },
    'not-known',
  ],
  'kept-together-otherwise': [
    { router: blind, ...learning({ learns: 'session' }) },
    { router: blind, ...learning({ learns: 'none' }) },
    'no-affinity',
  ],
  'always-one-engine': [
    { router: () => 0, ...learning({ learns: 'unknown' }) },
    {
      router: wrong,
      change: ONE_HOLDER,
      ...routing({
        tests: [
          {
            ...testOfKind('index', false),
            found: 0,
            interval: { low: 0, high: 0.2, confidence: 0.95 },
          },
        ],
      }),
    },
    'hint-ignored',
  ],
  'hint-ignored': [
    { router: blind },
    { router: blind, ...inArm('C', { reason: 'no-holder' }) },
    'not-known',
  ],
  'failures-hide-misses': [
    { ...inArm('C', TIMED_OUT, isSeldom) },
    { ...inArm('CD', TIMED_OUT, isSeldom) },
    'not-known',
  ],
  'no-affinity': [
    { router: blind, ...learning({ learns: 'none' }) },
    { router: blind, ...learning({ learns: 'none', lookup: GOOD_LOOKUP }) },
    'hint-ignored',
  ],
  'nothing-to-gain': [
    {
      ...LARGE,
      ...inArm('C', SLOW),
      hitMs: 60,
      ledger: (ledger) => (ledger.controls = { ...ledger.controls!, ...savingAtMost(2) }),
    },
    {
      ...LARGE,
      ...inArm('C', SLOW),
      hitMs: 60,
      ledger: (ledger) => (ledger.controls = { ...ledger.controls!, ...savingAtMost(30) }),
    },
    'not-known',
  ],
  'hot-spot': [
    {
      ...LARGE,
      change: ({ arm, place }) =>
        arm === 'C'
          ? place % 3 > 0
            ? { ...SLOW, headerServedBy: 'engine-a', experiment: { holderId: 'engine-a' } }
            : SLOW
          : {},
    },
    { ...LARGE, ...inArm('C', SLOW) },
    'gateway-slow',
  ],
  'gateway-slow': [
    { ...LARGE, ...inArm('C', SLOW) },
    { ...LARGE, ...inArm('CD', SLOW) },
    'overload',
  ],
  'engines-unequal': [
    {
      ...LARGE,
      change: ({ arm, place, isHit }) => (arm !== 'P' && isHit && place % 2 === 1 ? SLOW : {}),
    },
    { ...LARGE, ...inArm('CD', SLOW) },
    'overload',
  ],
  overload: [{ ...LARGE, ...inArm('CD', SLOW) }, { ...inArm('CD', SLOW) }, null],
};

describe('causes', () => {
  it('are all tried here, in their order', () => {
    expect(CAUSES.map(({ id }) => id).toSorted()).toEqual(Object.keys(WORLDS).toSorted());
  });

  it.each(Object.entries(WORLDS))('%s', (id, [shows, nearly, instead]) => {
    const { cause, headline } = resultOf(shows);
    expect(cause).toMatchObject({ id });
    expect(cause!.evidence).not.toEqual([]);
    expect(cause!.remedy).not.toBe('');
    expect(headline).not.toBe('');
    expect(resultOf(nearly).cause?.id ?? null).toBe(instead);
  });
});

describe('what explains most comes first', () => {
  it('one process explains traffic that counts double', () => {
    const ledger: World['ledger'] = (it) => {
      counted(16).ledger!(it);
      it.routing!.isOneProcess = true;
    };
    expect(resultOf({ ledger })).toMatchObject({
      outcome: 'invalid',
      cause: { id: 'engines-are-one-process' },
      invalidations: [{ code: 'one-process' }],
    });
  });

  it('prefix caching that is off is not blamed on eviction, nor the reverse', () => {
    const off = { findings: [findingOf('cached-tokens', 'fail')], held: 0 };
    const effect: World['ledger'] = (it) => (it.controls = { ...it.controls!, effect: 'absent' });
    expect(resultOf({ ...off, ledger: effect }).cause!.id).toBe('prefix-caching-off');
    expect(resultOf({ ...off, held: 0.5 }).cause!.id).toBe('eviction');
  });

  it('a prompt that is set apart on its way explains misses at the holder', () => {
    const apart = { router: blind, ...routing({ reached: 8, reachedCold: 8 }) };
    expect(resultOf(apart).cause!.id).toBe('prompt-rewritten');
    const seldom = { router: blind, ...routing({ reached: 8, reachedCold: 2 }) };
    expect(resultOf(seldom).cause!.id).toBe('hint-ignored');
  });

  it('few answers at one engine are luck, not a gateway that knows one engine', () => {
    const few = resultOf({
      router: () => 0,
      ...learning({ learns: 'unknown' }),
      ...inArm('C', TIMED_OUT, ({ place }) => place > 0),
    });
    expect(few.hitRate!.hotSpot).toMatchObject({ share: 1 });
    expect(few.cause).toMatchObject({ id: 'failures-hide-misses' });
  });

  it('what else would fit is said', () => {
    const both = { router: blind, ...inArm('C', { reason: 'lookup-timeout' }) };
    expect(resultOf(both).cause).toMatchObject({
      id: 'lookup-fails',
      considered: ['hint-ignored'],
    });
  });

  it('nothing is blamed where all is well, or only too little was measured', () => {
    const small = resultOf();
    expect(small).toMatchObject({ outcome: 'inconclusive', cause: null });
    expect(small.headline).toContain('is open');
    expect(resultOf({ ...LARGE, perBlock: 16 })).toMatchObject({ outcome: 'pass', cause: null });
  });
});

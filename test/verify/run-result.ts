import { systemClock } from '../../src/base/clock.ts';
import type { Finding, Outcome } from '../../src/base/outcome.ts';
import { createRandom, mixSeed } from '../../src/base/random.ts';
import type { MeasuredSample } from '../../src/verify/evidence/measured.ts';
import { type Ledger, newLedger } from '../../src/verify/experiment/ledger.ts';
import type { VerifyOptions } from '../../src/verify/experiment/options.ts';
import { resolvePlan } from '../../src/verify/experiment/plan.ts';
import { buildResult } from '../../src/verify/result/build-result.ts';
import type { ArmId } from '../../src/verify/result/result-arms.ts';
import type { LookupEvidence, RoutingTest } from '../../src/verify/result/result-evidence.ts';
import type { ControlEvidence, VerifyResult } from '../../src/verify/result/result.ts';
import { targetsOf } from '../helpers/targets.ts';
import { type Changes, enginesOf, HIT_TOKENS, measured, routingOf } from './measured.ts';
import { perfect, type Router } from './simulated-runs.ts';

/** A controller that is always right. */
export const GOOD_LOOKUP: LookupEvidence = {
  asked: 16,
  listed: 16,
  namedHolder: 16,
  strangers: [],
  impossible: 0,
  admissionMs: 5,
};

/** 16 of 16 repeats found, or as many as chance finds. */
export function testOfKind(id: RoutingTest['id'], isFound: boolean): RoutingTest {
  return {
    id,
    trials: 16,
    found: isFound ? 16 : 8,
    unknown: 0,
    chance: 0.5,
    interval: { low: isFound ? 0.81 : 0.28, high: isFound ? 1 : 0.72, confidence: 0.95 },
    p: isFound ? 1.5e-5 : 0.6,
  };
}

export function findingOf(id: string, outcome: Outcome): Finding {
  const severity = 'degrading' as const;
  return {
    id,
    severity,
    outcome,
    claim: '',
    expected: '',
    actual: 'seen',
    evidence: '',
    remedy: '',
  };
}

/** An idle engine with the prefix answers 50 ms sooner. */
export const SEEN_EFFECT: ControlEvidence = {
  pairs: 8,
  preferredTtftMs: { mean: 10, p50: 10 },
  wrongTtftMs: { mean: 60, p50: 60 },
  differenceMs: { value: 50, interval: { low: 48, high: 52, confidence: 0.95 }, n: 8 },
  preferredCachedTokens: HIT_TOKENS,
  wrongCachedTokens: 0,
  effect: 'seen',
};

/** What is behind the gateway, and what of it is seen. */
export interface World {
  k?: number;
  arms?: string;
  rounds?: number;
  perBlock?: number;
  seed?: number;
  /** Where arms C and N go; even chance for B. */
  router?: Router;
  /** TTFT of what hits and of what does not, before jitter. */
  hitMs?: number;
  missMs?: number;
  /** Added by the gateway to whatever passes it. */
  gatewayMs?: number;
  /** Of the logarithm of TTFT. */
  sigma?: number;
  /** Share of what an engine was given that it still has. */
  held?: number;
  /** Of one request as it comes out of the above. */
  change?: (request: { arm: ArmId; place: number; isHit: boolean }) => Changes;
  ledger?: (ledger: Ledger) => void;
  options?: Partial<VerifyOptions>;
  findings?: readonly Finding[];
  thresholds?: string[];
}

/** The result of a simulated run: two rounds of 16 by default, too few for any interval of a gain. */
export function resultOf(world: World = {}): VerifyResult {
  const ledger = newLedger();
  ledger.findings = [...(world.findings ?? [])];
  ledger.sizes = {
    promptTokens: 1_040,
    sharedTokens: 1_030,
    reusableTokens: HIT_TOKENS,
    floorTokens: 3,
  };
  ledger.routing = routingOf({ lookup: GOOD_LOOKUP, tests: [testOfKind('index', true)] });
  ledger.controls = SEEN_EFFECT;
  ledger.routingOff = 'policy-header';
  ledger.samples = samplesOf(world);
  world.ledger?.(ledger);
  const { plan } = resolvePlan({ threshold: world.thresholds ?? [] }, {}, { seed: 1, nonce: 'n' });
  const options: VerifyOptions = {
    targets: targetsOf({
      engines: enginesOf(world.k ?? 2),
      controllerUrl: 'http://127.0.0.1:9000',
    }),
    plan,
    startGateway: () => Promise.reject(new Error('nothing is started')),
    gatewayMode: 'running',
    policy: null,
    baselineGatewayUrl: null,
    learns: 'auto',
    findings: [],
    settings: [],
    artefacts: { workDir: null, sampleLog: null, renderedConfig: null, gatewayLog: null },
    nodeVersion: 'test',
    clock: systemClock,
    ...world.options,
  };
  return buildResult(options, ledger, { startedAt: '2026-01-01T00:00:00.000Z', durationMs: 1_000 });
}

/** The samples of a simulated run, by arm, round and place. */
export function samplesOf(world: World): MeasuredSample[] {
  const { arms = 'ABCDP', rounds = 2, perBlock = 16 } = world;
  return (arms.split('') as ArmId[]).flatMap((arm) =>
    Array.from({ length: rounds * perBlock }, (_, id) => sampleOf(world, arm, id)),
  );
}

function sampleOf(world: World, arm: ArmId, id: number): MeasuredSample {
  const { k = 2, rounds = 2, seed = 1, hitMs = 10, missMs = 60, gatewayMs = 1, held = 1 } = world;
  const random = createRandom(mixSeed(seed, arm, id));
  const ids = enginesOf(k).map((it) => it.id);
  const [block, place] = [id % rounds, Math.floor(id / rounds)];
  const holder = place % k;
  const isDirect = arm === 'D' || arm === 'P';
  const isNew = arm === 'A' || arm === 'P';
  const isRouted = arm === 'C' || arm === 'N';
  const router = world.router ?? perfect;
  const served = isDirect ? holder : isRouted ? router(holder, k, random) : random.int(k);
  const isHit = !isNew && served === holder && random.next() < held;
  const meanMs = (isHit ? hitMs : missMs) + (isDirect ? 0 : gatewayMs) + random.next();
  const ttftMs = meanMs * Math.exp((world.sigma ?? 0) * random.normal());
  const changed = world.change?.({ arm, place, isHit }) ?? {};
  return measured({
    arm,
    block,
    id,
    ttftMs,
    cachedTokens: isHit ? HIT_TOKENS : 0,
    headerServedBy: isDirect ? undefined : ids[served]!,
    ...(isRouted && { reason: 'hit' }),
    ...changed,
    experiment: {
      holderId: ids[holder]!,
      directId: isDirect ? ids[served]! : null,
      lookupId: isNew ? null : ids[holder]!,
      lookupTokens: isNew ? 0 : HIT_TOKENS,
      sharedTokens: isNew ? 3 : 1_030,
      reusableTokens: isNew ? 0 : HIT_TOKENS,
      ...changed.experiment,
    },
  });
}

export function checkOf({ checks }: Pick<VerifyResult, 'checks'>, id: string): Outcome | undefined {
  return checks.find((it) => it.id === id)?.outcome;
}

import { createRandom, type Random } from '../../src/base/random.ts';
import { systemClock } from '../../src/base/clock.ts';
import { aggregate } from '../../src/load/aggregate.ts';
import { loadReport, type LoadEnd, type LoadHead } from '../../src/report/build-load.ts';
import { runReport } from '../../src/report/build-run.ts';
import { verifyReport } from '../../src/report/build-verify.ts';
import {
  type LoadReport,
  NO_SAMPLE,
  type RunReport,
  type VerifyReport,
} from '../../src/report/model.ts';
import { buildResult } from '../../src/verify/result/build-result.ts';
import { type Ledger, newLedger } from '../../src/verify/experiment/ledger.ts';
import type { MeasuredSample } from '../../src/verify/evidence/measured.ts';
import { testOf } from '../../src/verify/evidence/routing.ts';
import type { VerifyOptions } from '../../src/verify/experiment/options.ts';
import { resolvePlan } from '../../src/verify/experiment/plan.ts';
import type { ArmId } from '../../src/verify/result/result-arms.ts';
import type {
  Learns,
  RoutingEvidence,
  RoutingTest,
  SourceTrust,
  Trust,
} from '../../src/verify/result/result-evidence.ts';
import type { GatewayMode } from '../../src/verify/result/result.ts';
import { exitCodeOfOutcome } from '../../src/cli/shell/exit-codes.ts';
import { sample } from '../load/samples.ts';

const ENGINES = ['engine-a', 'engine-b'] as const;
const SIZES = { promptTokens: 1_100, sharedTokens: 1_030, reusableTokens: 1_024, floorTokens: 12 };
const COLD_MS = 120;

/** A deployment to pretend, as a run over two engines leaves it behind. */
export interface Scene {
  seed?: number;
  rounds?: number;
  perBlock?: number;
  arms?: string;
  /** Scales every latency of the run. */
  slowness?: number;
  /** TTFT of a hit; as long as a miss where caching buys nothing. */
  warmMs?: number;
  /** Share of C and N that goes to the holder. */
  routed?: number;
  /** What the gateway adds to every request through it. */
  taxMs?: number;
  /** Nobody names the server, and cached tokens are reported of hits only, or not at all. */
  silent?: 'misses' | 'always';
  /** The header names the holder whatever happens. */
  isLying?: boolean;
  /** Share of C that fails. */
  failing?: number;
  gatewayMode?: GatewayMode;
  hasController?: boolean;
  learns?: Learns;
  /** Engines are out of reach; this many are said to stand behind the gateway. */
  replicas?: number;
  routingOff?: Ledger['routingOff'];
  stopReason?: string;
  /** Milliseconds by which N is slower than C. */
  disturbanceMs?: number;
}

/** Options of a simulated verification: everything but what is measured. */
export function simulatedOptions(scene: Scene = {}): VerifyOptions {
  const { plan } = resolvePlan(
    {
      quick: true,
      arms: scene.arms ?? 'ABCDN',
      ...(scene.rounds && { rounds: `${scene.rounds}` }),
    },
    {},
    { seed: scene.seed ?? 7, nonce: 'nonce' },
  );
  const { gatewayMode = 'embedded', hasController = true, replicas = null } = scene;
  const baselineGatewayUrl =
    scene.routingOff === 'baseline-gateway' ? 'http://10.0.0.8:8888' : null;
  return {
    plan,
    targets: {
      engines: (replicas === null ? ENGINES : []).map((id, index) => ({
        id,
        url: `http://user:secret@10.0.0.${index + 1}:8000`,
        address: `10.0.0.${index + 1}:8000`,
      })),
      controllerUrl: hasController ? 'http://10.0.0.9:9000' : null,
      model: 'qwen',
      access: { headers: { authorization: 'Bearer sk-very-secret' } },
      timeoutMs: 5_000,
      gatewayUrl: gatewayMode === 'running' ? 'http://10.0.0.7:8888' : null,
      replicas,
      servedByHeaders: [],
      sessionHeader: null,
      kvEvents: [],
    },
    gatewayMode,
    policy: gatewayMode === 'embedded' ? (hasController ? 'lookup' : 'prefix') : null,
    baselineGatewayUrl,
    learns: 'auto',
    findings: [],
    settings: [{ name: '--model', value: 'qwen', source: 'default' }],
    artefacts: { workDir: null, sampleLog: null, renderedConfig: null, gatewayLog: null },
    nodeVersion: '20.19.0',
    clock: systemClock,
    startGateway: () => Promise.reject(new Error('not started in this test')),
  };
}

/** A ledger as a run leaves it behind. */
export function simulatedLedger(scene: Scene = {}): Ledger {
  const { plan, targets } = simulatedOptions(scene);
  const arms = plan.arms.filter((arm) => targets.engines.length > 0 || !'BD'.includes(arm));
  const draw = createRandom(plan.seed);
  const ledger = newLedger();
  ledger.model = 'qwen';
  ledger.controllerDialect = targets.controllerUrl === null ? null : 'lmcache-legacy';
  ledger.gateway = {
    url: targets.gatewayUrl ?? 'http://127.0.0.1:8888',
    metricsUrl: null,
    logPath: null,
  };
  ledger.engineKinds = Object.fromEntries(targets.engines.map(({ id }) => [id, 'vLLM']));
  ledger.engineVersions = Object.fromEntries(targets.engines.map(({ id }) => [id, '0.25.1']));
  ledger.sizes = SIZES;
  ledger.routing = routing(scene);
  ledger.trust = trust(scene);
  ledger.routingOff = scene.routingOff ?? 'policy-header';
  ledger.stopReason = scene.stopReason ?? null;
  const run: SimulatedRun = { scene, draw, clockMs: 0 };
  for (let round = 0; round < plan.rounds; round++) {
    for (const arm of arms) {
      for (let index = 0; index < (scene.perBlock ?? plan.requestsPerBlock); index++) {
        if (arm === 'D') ledger.samples.push(measured(run, 'P', { round, index }));
        ledger.samples.push(measured(run, arm, { round, index }));
      }
    }
  }
  return ledger;
}

interface SimulatedRun {
  scene: Scene;
  draw: Random;
  clockMs: number;
}

function measured(
  run: SimulatedRun,
  arm: ArmId,
  { round, index }: { round: number; index: number },
): MeasuredSample {
  const { scene, draw } = run;
  const { routed = 0.98, warmMs = 40, slowness = 1, silent, isLying = false } = scene;
  const holder = ENGINES[index % 2]!;
  const other = ENGINES[(index + 1) % 2]!;
  const share = { A: 0, B: 0.5, C: routed, D: 1, N: routed, P: 0 }[arm];
  const isHit = draw.next() < share;
  const isStraight = arm === 'D' || arm === 'P';
  const isNew = arm === 'A' || arm === 'P';
  const isFailing = arm === 'C' && draw.next() < (scene.failing ?? 0);
  const extraMs =
    (isStraight ? 0 : (scene.taxMs ?? 0)) + (arm === 'N' ? (scene.disturbanceMs ?? 0) : 0);
  const firstMs = Math.exp(0.2 * draw.normal()) * slowness * (isHit ? warmMs : COLD_MS) + extraMs;
  const sentMs = (run.clockMs += 15);
  const servedBy = silent === undefined ? (isLying || isHit ? holder : other) : undefined;
  return {
    ...sample({
      id: run.clockMs,
      arm,
      block: round,
      intendedMs: sentMs,
      sentMs,
      firstTokenMs: sentMs + firstMs,
      endMs: sentMs + firstMs + 60,
      promptTokens: SIZES.promptTokens,
      outputTokens: 8,
      cachedTokens: cachedTokens(silent, isHit),
      predictedTokens: arm === 'C' || arm === 'N' ? SIZES.reusableTokens : undefined,
      servedBy: isStraight ? undefined : servedBy,
      headerServedBy: isStraight ? undefined : servedBy,
      ...(isFailing && { failure: 'http' as const, status: 503, firstTokenMs: undefined }),
    }),
    arm,
    experiment: {
      requestId: `${arm}-${round}-${index}`,
      holderId: holder,
      directId: isStraight ? holder : null,
      lookupId: isNew || scene.hasController === false ? null : holder,
      lookupTokens: isNew || scene.hasController === false ? 0 : SIZES.reusableTokens,
      promptTokens: SIZES.promptTokens,
      sharedTokens: isNew ? SIZES.floorTokens : SIZES.sharedTokens,
      reusableTokens: isNew ? 0 : SIZES.reusableTokens,
    },
  };
}

function cachedTokens(silent: Scene['silent'], isHit: boolean): number | undefined {
  if (silent === 'always') return undefined;
  return isHit ? SIZES.reusableTokens : silent === 'misses' ? undefined : 0;
}

function routing({ learns = 'index', hasController = true, ...scene }: Scene): RoutingEvidence {
  const chance = 0.5;
  const findings = (found: number): boolean[] =>
    Array.from({ length: 16 }, (_, index) => index < found);
  const isTold = learns !== 'unknown';
  const told = (id: 'index' | 'memory' | 'memory-exact', isFound: boolean): RoutingTest =>
    testOf(id, isTold ? findings(isFound ? 16 : 8) : Array(16).fill(undefined), chance);
  const tests = [
    told('index', learns === 'index'),
    ...(learns === 'index' ? [] : [told('memory', learns === 'memory')]),
    ...(['index', 'memory'].includes(learns) ? [] : [told('memory-exact', false)]),
  ];
  const hasEngines = scene.replicas === undefined;
  return {
    learns,
    scope: learns === 'index' || learns === 'memory' ? 'prefixes' : null,
    isOverridden: false,
    tests,
    shares: hasEngines ? { 'engine-a': 0.5, 'engine-b': 0.5 } : null,
    lookup: hasController
      ? { asked: 8, listed: 8, namedHolder: 8, strangers: [], impossible: 0, admissionMs: 12 }
      : null,
    reached: hasEngines ? 16 : 0,
    reachedCold: 0,
    requests: 40,
    uncounted: hasEngines ? 0 : null,
    repeated: hasEngines ? 0 : null,
    isOneProcess: hasEngines ? false : null,
    addedTokens: 0,
    gatewayVersion: null,
    honoursPolicyHeader: scene.routingOff === undefined,
    coldTtftMs: 120,
  };
}

function trust({ silent, isLying }: Scene): Trust {
  const header: SourceTrust = {
    source: 'header',
    compared: 40,
    agreed: isLying ? 21 : 40,
    isTrusted: !isLying,
    contradiction: isLying
      ? 'header named engine-a, the counter that moved was engine-b\u2019s'
      : null,
  };
  const cached: SourceTrust = {
    source: 'cached-tokens',
    compared: 40,
    agreed: 40,
    isTrusted: true,
    contradiction: null,
  };
  return {
    sources: silent === undefined ? [header, cached] : silent === 'misses' ? [cached] : [],
    aliases: {},
    isPassedOn: silent !== 'always',
    reporters: silent === undefined ? [...ENGINES] : [],
  };
}

const TIMING = { startedAt: '2026-01-02T03:04:05.000Z', durationMs: 61_000 };

/** A whole verification with a clear gain; always the same. */
export function sampleVerifyReport(scene: Scene = {}): VerifyReport {
  const ledger = simulatedLedger(scene);
  const result = buildResult(simulatedOptions(scene), ledger, TIMING);
  return verifyReport({ result, exitCode: exitCodeOfOutcome(result.outcome) }, ledger.samples);
}

const LOAD_HEAD: LoadHead = {
  version: '0.1.0',
  runId: 'run-1',
  seed: 1,
  target: 'http://127.0.0.1:8000/v1/chat/completions',
  model: 'qwen',
  timeoutMs: 1_000,
  startedAt: TIMING.startedAt,
  comparable: { workload: 'unique', concurrency: 4, model: 'qwen' },
};

/** 200 requests to two engines, two of which failed; always the same. */
export function sampleLoadReport(end: Partial<LoadEnd> = {}): LoadReport {
  const random = createRandom(3);
  const samples = Array.from({ length: 200 }, (_, id) => {
    const startMs = id * 10;
    const waitMs = 80 * Math.exp(0.3 * random.normal());
    return sample({
      id,
      intendedMs: startMs,
      sentMs: startMs,
      firstTokenMs: startMs + waitMs,
      endMs: startMs + waitMs + 40,
      promptTokens: 768,
      outputTokens: 16,
      cachedTokens: 512,
      servedBy: ENGINES[id % 2]!,
      ...(id % 100 === 99 && { failure: 'http' as const, status: 503, firstTokenMs: undefined }),
    });
  });
  const result = aggregate(samples, LOAD_HEAD.timeoutMs);
  return loadReport(
    LOAD_HEAD,
    {
      outcome: 'fail',
      exitCode: 1,
      isPartial: false,
      stopReason: null,
      checks: [
        {
          id: 'requests-succeed',
          claim: 'At most 0.5 % of the requests fail.',
          outcome: 'fail',
          expected: '≤ 0.5 %',
          actual: '1.0 %',
          evidence: '200 requests, http 2 <503> & "quotes"',
          remedy: 'Look at the status and class of the failures in --samples.',
        },
      ],
      prompts: "unique, 768 tokens by the engine's count",
      audit: [
        {
          id: 'client-cpu',
          label: 'CPU the generator used',
          level: 'ok',
          value: 0.12,
          unit: 'cores',
          limit: 0.6,
          text: 'The client used 0.12 of a core.',
        },
      ],
      ...end,
    },
    { result, samples },
  );
}

export function sampleRunReport(): RunReport {
  return runReport({
    scenario: 'mock',
    outcome: 'pass',
    exitCode: 0,
    startedAt: TIMING.startedAt,
    durationMs: 900,
    seed: 7,
    samples: ENGINES.map((servedBy, index) => ({
      ...NO_SAMPLE,
      id: `${index}`,
      arm: index === 0 ? 'first' : 'second',
      startMs: 100 * index,
      ttftMs: 40 - 30 * index,
      latencyMs: 60 - 30 * index,
      servedBy,
      promptTokens: 2_048,
      cachedTokens: 2_048 * index,
    })),
    checks: [
      {
        id: 'pin-issued',
        claim: 'The gateway pins a hot prompt.',
        outcome: 'pass',
        expected: 'at least one call',
        actual: '1',
        evidence: 'controller /stats: pin 1',
        remedy: '',
      },
    ],
    detail: {
      routing: 'lookup',
      members: [
        { role: 'controller', title: 'mock controller', url: 'http://127.0.0.1:9000' },
        { role: 'engine', title: 'mock engine-a', url: 'http://127.0.0.1:8000' },
        { role: 'gateway', title: 'embedded gateway', url: 'http://127.0.0.1:8888' },
      ],
      responses: [{ status: 200, servedBy: 'mock-llm-b' }],
      absent: undefined,
    },
  });
}

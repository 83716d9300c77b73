import { createRandom } from '../../src/base/random.ts';
import { systemClock } from '../../src/base/clock.ts';
import { aggregate } from '../../src/load/aggregate.ts';
import { loadReport, type LoadEnd, type LoadHead } from '../../src/report/build-load.ts';
import { runReport } from '../../src/report/build-run.ts';
import { verifyReport } from '../../src/report/build-verify.ts';
import type { LoadReport, RunReport, VerifyReport } from '../../src/report/model.ts';
import { buildResult } from '../../src/verify/result/build-result.ts';
import { type Ledger, newLedger } from '../../src/verify/experiment/ledger.ts';
import type { Observation } from '../../src/verify/evidence/observation.ts';
import type { VerifyOptions } from '../../src/verify/experiment/options.ts';
import { resolvePlan } from '../../src/verify/experiment/plan.ts';
import type { ArmId } from '../../src/verify/result/result-arms.ts';
import { sample } from '../load/samples.ts';

const ENGINES = ['engine-a', 'engine-b'] as const;
/** Milliseconds of TTFT by arm; C hits nine times in ten. */
const COLD_MS = 120;
const WARM_MS = 40;

export interface Scene {
  seed?: number;
  rounds?: number;
  perBlock?: number;
  arms?: string;
  /** Scales every latency of the run. */
  slowness?: number;
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
  return {
    plan,
    targets: {
      engines: ENGINES.map((id, index) => ({
        id,
        url: `http://user:secret@10.0.0.${index + 1}:8000`,
        address: `10.0.0.${index + 1}:8000`,
      })),
      controllerUrl: 'http://10.0.0.9:9000',
      model: 'qwen',
      apiKey: 'sk-very-secret',
      timeoutMs: 5_000,
      gatewayUrl: null,
      replicas: null,
      servedByHeaders: [],
      sessionHeader: null,
    },
    gatewayMode: 'embedded',
    findings: [],
    settings: [{ name: 'model', value: 'qwen', source: 'default' }],
    artefacts: { workDir: null, sampleLog: null, renderedConfig: null, gatewayLog: null },
    nodeVersion: '20.19.0',
    clock: systemClock,
    startGateway: () => Promise.reject(new Error('not started in this test')),
  };
}

/** A ledger as a run over two engines leaves it behind. */
export function simulatedLedger(scene: Scene = {}): Ledger {
  const { plan } = simulatedOptions(scene);
  const random = createRandom(plan.seed);
  const ledger = newLedger();
  ledger.model = 'qwen';
  ledger.controllerDialect = 'lmcache-legacy';
  ledger.gateway = { url: 'http://127.0.0.1:8888', metricsUrl: null, logPath: null };
  ledger.floorTokens = 12;
  let clockMs = 0;
  for (let round = 0; round < plan.rounds; round++) {
    for (const arm of plan.arms) {
      for (let index = 0; index < (scene.perBlock ?? plan.requestsPerBlock); index++) {
        const noise = Math.exp(0.2 * random.normal()) * (scene.slowness ?? 1);
        const holder = ENGINES[index % 2]!;
        const other = ENGINES[(index + 1) % 2]!;
        const isHit = {
          A: false,
          B: random.next() < 0.5,
          C: random.next() < 0.9,
          D: true,
          N: random.next() < 0.9,
        }[arm];
        clockMs += 15;
        ledger.observations.push(
          observation(arm, {
            round,
            requestId: `${arm}-${round}-${index}`,
            startMs: clockMs,
            holderId: holder,
            servedBy: isHit ? holder : other,
            cachedTokens: isHit ? 1_024 : 0,
            predictedTokens: arm === 'C' || arm === 'N' ? 1_024 : null,
            ttftMs: noise * (isHit ? WARM_MS : COLD_MS),
            latencyMs: noise * (isHit ? WARM_MS : COLD_MS) + 60,
          }),
        );
      }
    }
  }
  return ledger;
}

function observation(arm: ArmId, known: Partial<Observation>): Observation {
  return {
    arm,
    round: 0,
    requestId: '',
    startMs: 0,
    holderId: 'engine-a',
    lookupId: arm === 'A' ? null : (known.holderId ?? null),
    lookupTokens: arm === 'A' ? 0 : 1_024,
    servedBy: null,
    servedSource: 'header',
    claims: { header: known.servedBy ?? '' },
    promptTokens: 1_100,
    sharedTokens: arm === 'A' ? 0 : 1_030,
    reusableTokens: arm === 'A' ? 0 : 1_024,
    cachedTokens: null,
    predictedTokens: null,
    reason: null,
    outputTokens: 8,
    ttftMs: 0,
    latencyMs: 0,
    status: 200,
    failure: null,
    isError: false,
    ...known,
  };
}

const TIMING = { startedAt: '2026-01-02T03:04:05.000Z', durationMs: 61_000 };

/** A whole verification with a clear gain; always the same. */
export function sampleVerifyReport(scene: Scene = {}): VerifyReport {
  const ledger = simulatedLedger(scene);
  const result = buildResult(simulatedOptions(scene), ledger, TIMING);
  return verifyReport({ result, exitCode: 0 }, ledger.observations);
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
    detail: { responses: [{ status: 200, servedBy: 'mock-llm-b' }], absent: undefined },
  });
}

import { systemClock } from '../../../src/base/clock.ts';
import { engineTarget, type Targets } from '../../../src/target/targets.ts';
import { resolvePlan } from '../../../src/verify/experiment/plan.ts';
import type { Outcome } from '../../../src/base/outcome.ts';
import type { VerifyResult } from '../../../src/verify/result/result.ts';
import { verify } from '../../../src/verify/verify.ts';
import type { Share } from './truth-log.ts';
import { EXPERIMENT, type World } from './world.ts';

/** What the long suites read of a verification: the only place that knows `verify` by its names. */
export interface Judged {
  outcome: Outcome;
  /** Outcome by what is claimed; absent: not judged. */
  checks: Partial<Record<Claim, Outcome>>;
  hitRate: { value: number | null; low: number; high: number } | null;
  /** How the gateway knows, as the probe says it; undefined when it was not reached. */
  learns: string | undefined;
  /** What it says is wrong, by the ids of the scenarios; empty: it does not know. */
  causes: readonly string[];
  /** The router's own record of the arms the hit rate is measured on. */
  truth: Share;
  seconds: number;
  result: VerifyResult;
}

export type { Outcome };

export type Claim =
  | 'requests-succeed'
  | 'hit-rate'
  | 'routing-gain'
  | 'cache-gain'
  | 'control'
  | 'routing'
  | 'evidence';

const CHECK_IDS: Record<Claim, string> = {
  'requests-succeed': 'requests-succeed',
  'hit-rate': 'preferred-hit-rate',
  'routing-gain': 'routing-gain',
  'cache-gain': 'cache-gain',
  control: 'control',
  routing: 'routing',
  evidence: 'evidence-agrees',
};

export interface RunOptions {
  seed: number;
  targets?: Partial<Targets>;
  flags?: Record<string, string | string[] | boolean>;
}

/** Small enough to run by the hundred. */
const SMALL = {
  rounds: '4',
  requestsPerBlock: '16',
  arms: 'BC',
  prefixTokens: '256',
  outputTokens: '2',
};

export async function runVerify(
  world: World,
  { seed, flags = {}, targets: more = {} }: RunOptions,
): Promise<Judged> {
  const nonce = `truth-${seed}`;
  const { plan } = resolvePlan({ ...SMALL, ...flags }, {}, { seed, nonce });
  const startMs = performance.now();
  const result = await verify({
    targets: {
      engines: world.engineUrls.map(({ id, url }) => engineTarget(id, url)),
      controllerUrl: world.controller?.url ?? null,
      kvEvents: [],
      model: 'auto',
      gatewayUrl: world.router.url,
      access: { headers: {} },
      timeoutMs: 2_000,
      replicas: null,
      servedByHeaders: [],
      sessionHeader: null,
      ...more,
    },
    plan,
    startGateway: () =>
      Promise.resolve({ url: world.router.url, metricsUrl: null, mode: 'running', logPath: null }),
    gatewayMode: 'running',
    policy: null,
    baselineGatewayUrl: null,
    learns: 'auto',
    findings: [],
    settings: [],
    artefacts: { workDir: null, sampleLog: null, renderedConfig: null, gatewayLog: null },
    nodeVersion: 'test',
    clock: systemClock,
    onEvent: (event) => {
      if (event.type === 'phase') world.router.log.label = event.phase;
    },
  });
  return judged(result, world, (performance.now() - startMs) / 1_000);
}

function judged(result: VerifyResult, world: World, seconds: number): Judged {
  const outcomes = Object.entries(CHECK_IDS).map(([claim, id]) => [
    claim,
    result.checks.find((it) => it.id === id)?.outcome,
  ]);
  const { hitRate } = result;
  return {
    outcome: result.outcome,
    checks: Object.fromEntries(outcomes.filter(([, outcome]) => outcome !== undefined)),
    hitRate: hitRate?.interval
      ? { value: hitRate.value, low: hitRate.interval.low, high: hitRate.interval.high }
      : null,
    learns: result.routing?.learns,
    causes: causesOf(result),
    truth: world.router.log.reuse(
      ({ label, asked }) => label === EXPERIMENT && asked === undefined,
    ),
    seconds,
    result,
  };
}

/** Invalidations that accuse nobody: a busy machine, a difference that chance made, a count. */
const NO_CAUSE = ['generator-overload', 'null-comparison-differs', 'too-many-errors'];

/** Both the one cause and whatever invalidates the run are accusations. */
function causesOf({ cause, invalidations }: VerifyResult): string[] {
  const codes = invalidations.map(({ code }) => code as string);
  const named = cause === null || cause.id === 'not-known' ? [] : [cause.id];
  return [...new Set([...codes.filter((it) => !NO_CAUSE.includes(it)), ...named])];
}

import { meanOf, present } from '../../base/lists.ts';
import { createHash } from 'node:crypto';
import { type Check, settled } from '../../base/outcome.ts';
import { redactUrl } from '../../base/origin.ts';
import { VERSION } from '../../base/version.ts';
import { LMCACHE_CHUNK_TOKENS } from '../../target/alignment.ts';
import { TIMING } from '../../target/timing.ts';
import { servedEvidence } from '../evidence/attribution.ts';
import { lossFunnel } from '../evidence/funnel.ts';
import { hitRate } from '../evidence/hit-rate.ts';
import { type MeasuredSample, ofArm } from '../evidence/measured.ts';
import type { ObservedRun } from '../evidence/observed-run.ts';
import { observedRun } from './observed.ts';
import { tokenPrediction } from '../evidence/token-prediction.ts';
import { BUDGET_STOPS } from '../experiment/budget.ts';
import type { Ledger } from '../experiment/ledger.ts';
import type { VerifyOptions } from '../experiment/options.ts';
import { compareAll } from '../judge/comparisons.ts';
import { doseResponse } from '../judge/dose-response.ts';
import { invalidationsOf, lengthDisparity } from '../judge/invalidations.ts';
import { judge } from '../judge/judge.ts';
import { moneyLine } from '../judge/money.ts';
import { answerRefusal, routingRefusal } from '../judge/refusal.ts';
import { judgeThresholds } from '../judge/thresholds.ts';
import { summarizeArm } from './arms.ts';
import { parityLines } from './parity.ts';
import type { ArmId, ArmSummary } from './result-arms.ts';
import type { GeneratorAudit, PromptCertificate } from './result-evidence.ts';
import type { TargetsSummary, VerifyResult } from './result.ts';

interface Timing {
  startedAt: string;
  durationMs: number;
}

type Figures = Omit<VerifyResult, 'outcome' | 'headline' | 'checks' | 'cause'>;

/** Puts everything a run has found out into its result and judges it. */
export function buildResult(options: VerifyOptions, ledger: Ledger, timing: Timing): VerifyResult {
  const run = observedRun(options, ledger);
  const refusal = routingRefusal(options.targets, ledger) ?? answerRefusal(run);
  const figures: Figures = {
    ...headOf(options, ledger, timing),
    ...measuredIn(options, ledger, { run, refusal }),
    ...artefactsOf(options, ledger),
  };
  const evidence = {
    figures: { ...figures, parity: parityLines(figures) },
    run,
    margin: options.plan.margin,
    refusal,
  };
  const judgement = judge(evidence, present([failureCheck(ledger), cutOffCheck(ledger)]));
  return { ...judgement, ...evidence.figures };
}

function headOf(options: VerifyOptions, ledger: Ledger, timing: Timing) {
  const comparable = comparableSettings(options, ledger);
  return {
    isPartial: ledger.stopReason !== null,
    stopReason: ledger.stopReason,
    seed: options.plan.seed,
    ...timing,
    fingerprint: createHash('sha256').update(JSON.stringify(comparable)).digest('hex'),
    comparable,
    versions: {
      kvcache: VERSION,
      node: options.nodeVersion,
      gateway: ledger.routing?.gatewayVersion ?? null,
      engines: ledger.engineVersions,
      controllerDialect: ledger.controllerDialect,
    },
    targets: targetsSummary(options, ledger),
    settings: [...options.settings],
    preflight: ledger.findings,
    routing: ledger.routing,
    controls: ledger.controls,
    cost: { planned: ledger.planned, spent: { ...ledger.spent, durationMs: timing.durationMs } },
  };
}

function measuredIn(
  { plan }: VerifyOptions,
  ledger: Ledger,
  { run, refusal }: { run: ObservedRun; refusal: string | null },
) {
  const arms = ARMS.filter((id) => ofArm(run.samples, id).length > 0).map((id) =>
    summarizeArm(id, describeArm(id, ledger), run),
  );
  const comparisons = compareAll(run, { ...plan, refusal });
  const routed = ofArm(run.samples, 'C');
  const hits = routed.length > 0 ? hitRate(run) : null;
  const money = arms.length === 0 ? null : moneyLine(run, hits?.chance ?? null);
  const audit = auditOf(ledger);
  return {
    arms,
    comparisons,
    served: routed.length > 0 || ledger.routing ? servedEvidence(routed, run.jury) : null,
    hitRate: hits,
    tokenPrediction: tokenPrediction(run.samples),
    certificate: certificateOf(ledger, arms),
    funnel: lossFunnel(run),
    doseResponse: ledger.doses.length === 0 ? null : doseResponse(ledger.doses),
    money,
    audit,
    invalidations: invalidationsOf({ ledger, run, arms, comparisons, audit, margin: plan.margin }),
    thresholds: judgeThresholds(plan.thresholds, { arms, comparisons, hitRate: hits, money }),
  };
}

function artefactsOf({ artefacts }: VerifyOptions, { gateway }: Ledger) {
  return { artefacts: { ...artefacts, gatewayLog: gateway?.logPath ?? null }, parity: [] };
}

function auditOf({ audit: items }: Ledger): GeneratorAudit | null {
  if (items.length === 0) return null;
  return { items: [...items], isTrustworthy: items.every((it) => it.level !== 'invalid') };
}

/** What a run would have found after it was cut off nobody knows: it does not pass. */
function cutOffCheck({ stopReason }: Ledger): Check | undefined {
  const planned: readonly string[] = Object.values(BUDGET_STOPS);
  if (stopReason === null || planned.includes(stopReason)) return undefined;
  return {
    id: 'run-complete',
    claim: 'The run came to its end.',
    outcome: 'inconclusive',
    expected: 'every step taken',
    actual: stopReason,
    evidence: 'What was measured before is reported.',
    remedy: 'Let the run end; --quick takes less time, --budget bounds it.',
  };
}

/** A target that failed on the way, as a check with its remedy. */
function failureCheck({ failure }: Ledger): Check | undefined {
  if (!failure) return undefined;
  return settled({
    id: 'targets-answer',
    claim: 'Every target answers until the end.',
    outcome: 'error',
    expected: 'no failure',
    actual: failure.message,
    evidence: [failure.code, failure.where, ...failure.details],
    remedy: failure.remedy,
  });
}

function targetsSummary(options: VerifyOptions, ledger: Ledger): TargetsSummary {
  const { engines, controllerUrl, replicas } = options.targets;
  const shown = (url: string | null | undefined): string | null => (url ? redactUrl(url) : null);
  return {
    engines: engines.map(({ id, url, address }) => ({
      id,
      url: redactUrl(url),
      address,
      kind: ledger.engineKinds[id] ?? null,
    })),
    controllerUrl: shown(controllerUrl),
    gatewayUrl: shown(ledger.gateway?.url ?? options.targets.gatewayUrl),
    gatewayMode: options.gatewayMode,
    metricsUrl: shown(ledger.gateway?.metricsUrl),
    model: ledger.model,
    policy: options.policy,
    baselineGatewayUrl: shown(options.baselineGatewayUrl),
    replicas,
    requestTimeoutMs: TIMING.firstAnswerMs,
  };
}

const ARMS: readonly ArmId[] = ['A', 'B', 'C', 'D', 'N', 'P'];

/** How arm B goes without routing. */
const ROUTING_OFF = {
  'policy-header': 'through the gateway, its policy set to round-robin per request',
  'baseline-gateway': 'through the gateway whose routing is off',
  direct: 'straight to engines drawn at random, without the gateway',
} as const;

const ARM_TEXTS: Readonly<Record<Exclude<ArmId, 'B'>, string>> = {
  A: 'uncacheable prompts through the gateway',
  C: 'cacheable prompts through the gateway',
  D: 'cacheable prompts straight to the engine that holds them',
  N: 'the same as C once more',
  P: 'the primes of D: cold, straight to the same engine',
};

function describeArm(id: ArmId, { routingOff }: Ledger): string {
  return id === 'B' ? `cacheable prompts ${ROUTING_OFF[routingOff]}` : ARM_TEXTS[id];
}

function comparableSettings(
  { plan, targets, gatewayMode }: VerifyOptions,
  ledger: Ledger,
): VerifyResult['comparable'] {
  return {
    arms: plan.arms.join(''),
    design: plan.design,
    concurrency: plan.concurrency,
    prefixTokens: plan.prefixTokens,
    outputTokens: plan.outputTokens,
    engines: targets.engines.length,
    model: ledger.model,
    gatewayMode,
    routingOff: ledger.routingOff,
  };
}

function certificateOf(ledger: Ledger, arms: readonly ArmSummary[]): PromptCertificate | null {
  const { samples, sizes, capacity } = ledger;
  if (samples.length === 0 || !sizes) return null;
  const cacheable = samples.filter((it) => it.arm !== 'A' && it.arm !== 'P');
  return {
    prompts: samples.length,
    promptTokens: spread(samples, (it) => it.promptTokens ?? it.experiment.promptTokens),
    sharedTokens: spread(cacheable, (it) => it.experiment.sharedTokens),
    templateFloorTokens: sizes.floorTokens,
    blockTokens: capacity.blockTokens,
    chunkTokens: LMCACHE_CHUNK_TOKENS,
    expectedHitTokens: spread(cacheable, (it) => it.experiment.reusableTokens),
    lengthDisparity: lengthDisparity(arms),
  };
}

function spread(
  samples: readonly MeasuredSample[],
  value: (sample: MeasuredSample) => number,
): { min: number; mean: number; max: number } {
  const values = samples.map(value);
  if (values.length === 0) return { min: 0, mean: 0, max: 0 };
  return {
    min: Math.min(...values),
    mean: meanOf(values) ?? 0,
    max: Math.max(...values),
  };
}

import { createHash } from 'node:crypto';
import type { Check } from '../../base/outcome.ts';
import { redactUrl } from '../../base/origin.ts';
import { VERSION } from '../../base/version.ts';
import { LMCACHE_CHUNK_TOKENS } from '../../target/alignment.ts';
import { summarizeArm } from './arms.ts';
import { BUDGET_STOPS } from '../experiment/budget.ts';
import { judgeChecks, outcomeOf } from '../judge/checks.ts';
import { compareAll } from '../judge/comparisons.ts';
import { counterAgreements } from '../evidence/counter-agreement.ts';
import { doseResponse } from '../judge/dose-response.ts';
import type { Evidence } from '../judge/evidence.ts';
import { lossFunnel } from '../evidence/funnel.ts';
import { auditOf } from '../judge/generator-audit.ts';
import { hitRate } from '../evidence/hit-rate.ts';
import { invalidationsOf, lengthDisparity } from '../judge/invalidations.ts';
import type { Ledger } from '../experiment/ledger.ts';
import { moneyLine } from '../judge/money.ts';
import { msPerToken } from '../judge/ms-per-token.ts';
import { type ObservedRun, type Observation, meanOf } from '../evidence/observation.ts';
import type { VerifyOptions } from '../experiment/options.ts';
import { parityLines } from './parity.ts';
import { routingRefusal } from '../judge/refusal.ts';
import type { ArmId, ArmSummary } from './result-arms.ts';
import type { PromptCertificate, ServedEvidence } from './result-evidence.ts';
import type { TargetsSummary, VerifyResult } from './result.ts';
import { servedEvidence } from '../evidence/served-by.ts';
import { distinctEndpoints } from '../../target/targets.ts';
import { judgeThresholds } from '../judge/thresholds.ts';
import { tokenPrediction } from '../evidence/token-prediction.ts';

interface Timing {
  startedAt: string;
  durationMs: number;
}

/** Puts everything a run has found out into its result and judges it. */
export function buildResult(options: VerifyOptions, ledger: Ledger, timing: Timing): VerifyResult {
  const evidence = evidenceOf(options, ledger, timing);
  const checks = [...judgeChecks(evidence), ...failureCheck(ledger), ...cutOffCheck(ledger)];
  const { margin: _margin, routingRefusal: _refusal, ...result } = evidence;
  return { outcome: outcomeOf(checks, evidence), checks, ...result };
}

/** What a run would have found after it was cut off nobody knows: it does not pass. */
function cutOffCheck({ stopReason }: Ledger): Check[] {
  const planned: readonly string[] = Object.values(BUDGET_STOPS);
  if (stopReason === null || planned.includes(stopReason)) return [];
  return [
    {
      id: 'run-complete',
      claim: 'The run came to its end.',
      outcome: 'inconclusive',
      expected: 'every step taken',
      actual: stopReason,
      evidence: 'What was measured before is reported.',
      remedy: 'Let the run end; --quick takes less time, --budget bounds it.',
    },
  ];
}

function evidenceOf(options: VerifyOptions, ledger: Ledger, timing: Timing): Evidence {
  const { plan } = options;
  const { observations } = ledger;
  const targets = targetsSummary(options, ledger);
  const arms = plan.arms
    .filter((id) => observations.some((it) => it.arm === id))
    .map((id) => summarizeArm(id, describeArm(id, ledger), observations));
  const run = observedRun(options, ledger);
  const comparisons = compareAll(observations, plan);
  const endpoints = distinctEndpoints(options.targets.engines);
  const hits = arms.some((it) => it.id === 'C') ? hitRate(observations, endpoints) : null;
  const money = arms.length === 0 ? null : moneyLine(run, hits?.chance ?? null);
  const audit = auditOf(ledger.audit);
  const comparable = comparableSettings(options, ledger);
  const artefacts = { ...options.artefacts, gatewayLog: ledger.gateway?.logPath ?? null };
  return {
    isPartial: ledger.stopReason !== null,
    stopReason: ledger.stopReason,
    seed: plan.seed,
    ...timing,
    fingerprint: fingerprint(comparable),
    comparable,
    versions: {
      kvcache: VERSION,
      node: options.nodeVersion,
      gateway: ledger.gatewayVersion,
      engines: ledger.engineVersions,
      controllerDialect: ledger.controllerDialect,
    },
    targets,
    settings: [...options.settings],
    preflight: ledger.findings,
    wiring: ledger.wiring,
    controls: ledger.controls,
    arms,
    comparisons,
    served: servedOf(options, ledger),
    hitRate: hits,
    tokenPrediction: tokenPrediction(observations),
    certificate: certificateOf(ledger, arms),
    funnel: lossFunnel(run),
    doseResponse: ledger.doses.length === 0 ? null : doseResponse(ledger.doses),
    money,
    audit,
    invalidations: invalidationsOf({ ledger, arms, comparisons, audit, margin: plan.margin }),
    thresholds: judgeThresholds(plan.thresholds, { arms, comparisons, hitRate: hits, money }),
    cost: { planned: ledger.planned, spent: { ...ledger.spent, durationMs: timing.durationMs } },
    parity: parityLines({
      targets,
      wiring: ledger.wiring,
      arms,
      hitRate: hits,
      comparisons,
      artefacts,
    }),
    artefacts,
    margin: plan.margin,
    routingRefusal: routingRefusal(options.targets, ledger),
  };
}

function observedRun({ targets }: VerifyOptions, ledger: Ledger): ObservedRun {
  return {
    observations: ledger.observations,
    engineIds: targets.engines.map((it) => it.id),
    msPerToken: msPerToken(ledger),
    routesRepeats:
      ledger.wiring !== null && ledger.wiring.repeatsToPreferred === ledger.wiring.repeats,
  };
}

function servedOf(
  { targets }: VerifyOptions,
  { observations, counts }: Ledger,
): ServedEvidence | null {
  if (observations.length === 0) return null;
  const throughGateway = observations.filter((it) => !it.isError && it.claims.direct === undefined);
  const found = servedEvidence(throughGateway);
  const counted = counterAgreements({ observations, counts, engines: targets.engines });
  return { ...found, agreements: [...found.agreements, ...counted] };
}

/** A target that failed on the way, as a check with its remedy. */
function failureCheck({ failure }: Ledger): Check[] {
  if (!failure) return [];
  return [
    {
      id: 'targets-answer',
      claim: 'Every target answers until the end.',
      outcome: 'error',
      expected: 'no failure',
      actual: failure.message,
      evidence: [failure.code, failure.where, ...failure.details].filter(Boolean).join(' · '),
      remedy: failure.remedy,
    },
  ];
}

function targetsSummary(options: VerifyOptions, ledger: Ledger): TargetsSummary {
  const { engines, controllerUrl } = options.targets;
  const metricsUrl = ledger.gateway?.metricsUrl ?? null;
  return {
    engines: engines.map(({ id, url, address }) => ({ id, url: redactUrl(url), address })),
    controllerUrl: controllerUrl === null ? null : redactUrl(controllerUrl),
    gatewayUrl: ledger.gateway === null ? null : redactUrl(ledger.gateway.url),
    gatewayMode: options.gatewayMode,
    metricsUrl: metricsUrl === null ? null : redactUrl(metricsUrl),
    model: ledger.model,
  };
}

function describeArm(id: ArmId, { routingOff }: Ledger): string {
  switch (id) {
    case 'A':
      return 'uncacheable prompts through the gateway';
    case 'B':
      return routingOff === 'policy-header'
        ? 'cacheable prompts through the gateway, its policy set to round-robin per request'
        : 'cacheable prompts to the engines in turn, without the gateway';
    case 'C':
      return 'cacheable prompts through the gateway';
    case 'D':
      return 'cacheable prompts straight to the engine that holds them';
    case 'N':
      return 'the same as C once more';
  }
}

/** What must be equal for two runs to be comparable; addresses and seeds may differ. */
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

function fingerprint(comparable: VerifyResult['comparable']): string {
  return createHash('sha256').update(JSON.stringify(comparable)).digest('hex');
}

function certificateOf(
  { observations, floorTokens, capacity }: Ledger,
  arms: readonly ArmSummary[],
): PromptCertificate | null {
  const cacheable = observations.filter((it) => it.arm !== 'A');
  if (observations.length === 0) return null;
  return {
    prompts: observations.length,
    promptTokens: spread(observations, (it) => it.promptTokens),
    sharedTokens: spread(cacheable, (it) => it.sharedTokens),
    templateFloorTokens: floorTokens,
    blockTokens: capacity.blockTokens,
    chunkTokens: LMCACHE_CHUNK_TOKENS,
    expectedHitTokens: spread(cacheable, (it) => it.reusableTokens),
    lengthDisparity: lengthDisparity(arms),
  };
}

function spread(
  observations: readonly Observation[],
  value: (observation: Observation) => number,
): { min: number; mean: number; max: number } {
  const values = observations.map(value);
  if (values.length === 0) return { min: 0, mean: 0, max: 0 };
  return {
    min: Math.min(...values),
    mean: meanOf(values, (it) => it) ?? 0,
    max: Math.max(...values),
  };
}

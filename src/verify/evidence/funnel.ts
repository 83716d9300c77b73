import { type ObservedRun, type Observation, meanOf, ofArm, sumOf } from './observation.ts';
import { indexableTokens } from '../../target/alignment.ts';
import { diagnose } from '../judge/funnel-diagnosis.ts';
import type { FunnelStage, FunnelStageId, LossFunnel } from '../result/result-attribution.ts';

/** A loss below this share of the workload's shared tokens is not worth naming. */
const TOLERANCE = 0.1;

const LABELS: Readonly<Record<FunnelStageId, string>> = {
  shared: 'shared with an earlier prompt',
  reusable: 'reusable after block and chunk alignment',
  held: 'still held by an engine',
  known: 'known to whoever routes',
  routed: 'routed to the engine that holds them',
  hit: 'served from its cache',
  saved: 'turned into saved time',
};

/**
 * Follows the shared tokens of arm C to the milliseconds they save. Each stage counts only tokens
 * that passed all stages before it, so a hit by luck is no credit to the routing.
 *
 * `held` comes from arm D, which asks the holder directly: what does not hit there was evicted.
 * `known` is the gateway's own prediction where it gives one, else the controller's answer.
 * `saved` divides the time saved against arm A by the engine's own rate.
 */
export function lossFunnel(input: ObservedRun): LossFunnel | null {
  const routed = ofArm(input.observations, 'C');
  if (routed.length === 0) return null;
  const counts = stageTokens(routed, input);
  const promptTokens = sumOf(routed, (it) => it.promptTokens);
  const stages = toStages(counts, promptTokens, input);
  const worstStage = worstOf(stages, counts.shared ?? 0);
  return {
    stages,
    worstStage,
    ...diagnose(worstStage, input),
    msSavedMean: meanSaved(input.observations),
  };
}

type StageTokens = Record<FunnelStageId, number | null>;

function stageTokens(routed: readonly Observation[], input: ObservedRun): StageTokens {
  const shared = sumOf(routed, (it) => it.sharedTokens);
  const reusable = sumOf(routed, findableTokens);
  const heldRate = heldShare(input.observations);
  // Without reports from the engines "held" is not lost, it is unknown; the later stages go on from "reusable".
  const survived = heldRate ?? 1;
  const known = routed.filter((it) => isKnown(it, input.engineIds));
  const arrived = known.filter((it) => it.servedBy === it.holderId);
  const hit = hitTokens(arrived);
  return {
    shared,
    reusable,
    held: heldRate === null ? null : reusable * survived,
    known: sumOf(known, (it) => it.reusableTokens) * survived,
    routed: routed.every((it) => it.servedBy === null)
      ? null
      : sumOf(arrived, (it) => it.reusableTokens) * survived,
    hit,
    saved: savedTokens(hit, input),
  };
}

/** Tokens that can be served from a cache and found by a controller, which counts whole chunks. */
function findableTokens(it: Observation): number {
  const canBeListed = it.lookupTokens > 0 || indexableTokens(it.sharedTokens) > 0;
  return canBeListed ? it.reusableTokens : 0;
}

/**
 * Did the one who routes know the holder? An instance id that belongs to no engine counts as
 * knowledge: it is lost one stage later, where nobody can follow it.
 */
function isKnown(it: Observation, engineIds: readonly string[]): boolean {
  if (findableTokens(it) === 0 || it.lookupId === null || it.lookupTokens === 0) return false;
  if (it.lookupId !== it.holderId && engineIds.includes(it.lookupId)) return false;
  if (it.reason === 'unknown-instance') return true;
  return it.predictedTokens === null ? it.reason !== 'no-holder' : it.predictedTokens > 0;
}

function hitTokens(observations: readonly Observation[]): number | null {
  const reported = observations.filter((it) => it.cachedTokens !== null);
  if (observations.length > 0 && reported.length === 0) return null;
  const hits = sumOf(reported, (it) => Math.min(it.cachedTokens ?? 0, it.reusableTokens));
  return reported.length === 0 ? 0 : (hits * observations.length) / reported.length;
}

/** Share of the reusable tokens that the holder still has when asked directly; null when unreported. */
function heldShare(observations: readonly Observation[]): number | null {
  const direct = ofArm(observations, 'D').filter((it) => it.cachedTokens !== null);
  const reusable = sumOf(direct, (it) => it.reusableTokens);
  if (reusable === 0) return null;
  return sumOf(direct, (it) => Math.min(it.cachedTokens ?? 0, it.reusableTokens)) / reusable;
}

function meanSaved(observations: readonly Observation[]): number | null {
  const cold = meanOf(ofArm(observations, 'A'), (it) => it.ttftMs);
  const warm = meanOf(ofArm(observations, 'C'), (it) => it.ttftMs);
  return cold === null || warm === null ? null : cold - warm;
}

function savedTokens(hit: number | null, input: ObservedRun): number | null {
  const msSaved = meanSaved(input.observations);
  if (hit === null || msSaved === null || input.msPerToken === null || input.msPerToken <= 0) {
    return null;
  }
  const totalMs = msSaved * ofArm(input.observations, 'C').length;
  return Math.min(hit, Math.max(0, totalMs / input.msPerToken));
}

function toStages(counts: StageTokens, promptTokens: number, input: ObservedRun): FunnelStage[] {
  let before = promptTokens;
  return (Object.keys(LABELS) as FunnelStageId[]).map((id) => {
    const tokens = counts[id];
    const stage: FunnelStage = {
      id,
      label: LABELS[id],
      tokens: tokens === null ? null : Math.round(tokens),
      shareOfPrompt: tokens === null || promptTokens === 0 ? null : tokens / promptTokens,
      lost: tokens === null ? null : Math.max(0, Math.round(before - tokens)),
      evidence: evidenceOf(id, input),
    };
    if (tokens !== null) before = Math.min(before, tokens);
    return stage;
  });
}

function evidenceOf(id: FunnelStageId, input: ObservedRun): string {
  const routed = ofArm(input.observations, 'C');
  const count = (test: (it: Observation) => boolean): string =>
    `${routed.filter(test).length} of ${routed.length} requests`;
  switch (id) {
    case 'shared':
    case 'reusable':
      return 'counted by the engines’ own /tokenize';
    case 'held':
      return `cached tokens of ${ofArm(input.observations, 'D').length} requests sent straight to the holder`;
    case 'known':
      return `holder known for ${count((it) => isKnown(it, input.engineIds))}`;
    case 'routed':
      return `served by the holder: ${count((it) => it.servedBy === it.holderId)}`;
    case 'hit':
      return `cached tokens reported for ${count((it) => it.cachedTokens !== null)}`;
    case 'saved':
      return 'TTFT of arm A minus arm C at the engine’s own rate per token';
  }
}

/** What the workload does not share is no loss, so `shared` is never the worst. */
function worstOf(stages: readonly FunnelStage[], sharedTokens: number): FunnelStageId | null {
  const losses = stages.filter((it) => it.id !== 'shared' && it.lost !== null);
  const worst = losses.toSorted((a, b) => (b.lost ?? 0) - (a.lost ?? 0))[0];
  return worst && (worst.lost ?? 0) > TOLERANCE * sharedTokens ? worst.id : null;
}

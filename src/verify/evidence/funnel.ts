import { meanOf, sumOf } from '../../base/lists.ts';
import { ttftMs } from '../../load/sample.ts';
import { indexableTokens } from '../../target/alignment.ts';
import type { ArmId } from '../result/result-arms.ts';
import type { FunnelStage, FunnelStageId, LossFunnel } from '../result/result-attribution.ts';
import { attribute } from './attribution.ts';
import { heldByEvents, heldShare } from './held.ts';
import { answeredOf, type MeasuredSample, ofArm } from './measured.ts';
import type { ObservedRun } from './observed-run.ts';

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
 * `held` comes from the engines' KV events, else from arm D, which asks the holder directly: what is not there was evicted.
 * `known` is the gateway's own prediction where it gives one, else the controller's answer; a gateway
 * that knows by itself and says nothing leaves it unknown.
 * `saved` divides the time saved against arm A by the engine's own rate.
 */
export function lossFunnel(run: ObservedRun): LossFunnel | null {
  const routed = ofArm(run.samples, 'C');
  if (routed.length === 0) return null;
  const counts = stageTokens(routed, run);
  const promptTokens = sumOf(routed, (it) => it.experiment.promptTokens);
  const stages = toStages(counts, promptTokens, run);
  return { stages, worstStage: worstOf(stages, counts.shared ?? 0), msSavedMean: meanSaved(run) };
}

type StageTokens = Record<FunnelStageId, number | null>;

function stageTokens(routed: readonly MeasuredSample[], run: ObservedRun): StageTokens {
  const reusableOf = (it: MeasuredSample): number => findableTokens(it, run);
  const held = heldByEvents(run) ?? heldShare(run);
  // Without reports from the engines "held" is not lost, it is unknown; the later stages go on from "reusable".
  const survived = held ?? 1;
  const tellsKnowledge = routed.some((it) => isKnown(it, run) !== null);
  const known = tellsKnowledge ? routed.filter((it) => isKnown(it, run) === true) : routed;
  const verdicts = known.map((it) => attribute(it, run.jury).isHit);
  const arrived = known.filter((_, index) => verdicts[index] === true);
  const hit = verdicts.includes(null) ? null : hitTokens(arrived);
  return {
    shared: sumOf(routed, (it) => it.experiment.sharedTokens),
    reusable: sumOf(routed, reusableOf),
    held: held === null ? null : sumOf(routed, reusableOf) * survived,
    known: tellsKnowledge ? sumOf(known, reusableOf) * survived : null,
    routed: verdicts.includes(null) ? null : sumOf(arrived, reusableOf) * survived,
    hit,
    saved: savedTokens(hit, run),
  };
}

/** Tokens that can be served from a cache and, where a controller is asked, be listed: whole chunks. */
function findableTokens({ experiment }: MeasuredSample, { routing }: ObservedRun): number {
  const canBeFound =
    !routing?.lookup || experiment.lookupTokens > 0 || indexableTokens(experiment.sharedTokens) > 0;
  return canBeFound ? experiment.reusableTokens : 0;
}

/**
 * Did the one who routes know the holder? An instance id that belongs to no engine counts as
 * knowledge: it is lost one stage later, where nobody can follow it. Null: nobody said.
 */
function isKnown(
  { experiment, reason, predictedTokens }: MeasuredSample,
  run: ObservedRun,
): boolean | null {
  const { lookupId, lookupTokens, holderId } = experiment;
  const isListed = lookupId !== null && lookupTokens > 0;
  if (run.routing?.lookup) {
    const isElsewhere = lookupId !== holderId && run.jury.engines.some(({ id }) => id === lookupId);
    if (!isListed || isElsewhere) return false;
    if (reason === 'unknown-instance') return true;
    return predictedTokens === undefined ? reason !== 'no-holder' : predictedTokens > 0;
  }
  return predictedTokens === undefined ? null : predictedTokens > 0;
}

function hitTokens(arrived: readonly MeasuredSample[]): number | null {
  const reported = arrived.filter((it) => it.cachedTokens !== undefined);
  if (arrived.length === 0) return 0;
  if (reported.length === 0) return null;
  const hits = sumOf(reported, (it) => Math.min(it.cachedTokens!, it.experiment.reusableTokens));
  return (hits * arrived.length) / reported.length;
}

function meanSaved({ samples }: ObservedRun): number | null {
  const [cold, warm] = [meanTtft(samples, 'A'), meanTtft(samples, 'C')];
  return cold === null || warm === null ? null : cold - warm;
}

function savedTokens(hit: number | null, run: ObservedRun): number | null {
  const msSaved = meanSaved(run);
  if (hit === null || msSaved === null || run.msPerToken === null || run.msPerToken <= 0) {
    return null;
  }
  const totalMs = msSaved * ofArm(run.samples, 'C').length;
  return Math.min(hit, Math.max(0, totalMs / run.msPerToken));
}

function toStages(counts: StageTokens, promptTokens: number, run: ObservedRun): FunnelStage[] {
  let before = promptTokens;
  return (Object.keys(LABELS) as FunnelStageId[]).map((id) => {
    const tokens = counts[id];
    const stage: FunnelStage = {
      id,
      label: LABELS[id],
      tokens: tokens === null ? null : Math.round(tokens),
      shareOfPrompt: tokens === null || promptTokens === 0 ? null : tokens / promptTokens,
      lost: tokens === null ? null : Math.max(0, Math.round(before - tokens)),
      evidence: evidenceOf(id, run),
    };
    if (tokens !== null) before = Math.min(before, tokens);
    return stage;
  });
}

function evidenceOf(id: FunnelStageId, run: ObservedRun): string {
  const routed = ofArm(run.samples, 'C');
  const count = (test: (it: MeasuredSample) => boolean): string =>
    `${routed.filter(test).length} of ${routed.length} requests`;
  switch (id) {
    case 'shared':
    case 'reusable':
      return 'counted by the deployment itself';
    case 'held':
      return heldByEvents(run) === null
        ? `${ofArm(run.samples, 'D').length} requests sent straight to the holder`
        : `KV events right before each of ${routed.length} requests`;
    case 'known':
      return [
        `holder known for ${count((it) => isKnown(it, run) === true)}`,
        ...fitOf(routed, run),
      ].join('; ');
    case 'routed':
      return `at an engine that had it: ${count((it) => attribute(it, run.jury).isHit === true)}`;
    case 'hit':
      return `cached tokens reported for ${count((it) => it.cachedTokens !== undefined)}`;
    case 'saved':
      return 'TTFT of uncacheable (A) minus routing on (C) at the engine’s own rate per token';
  }
}

/** A gateway's prediction against what the engines published right before: the prefix is held, or it is not. */
function fitOf(routed: readonly MeasuredSample[], { routing }: ObservedRun): string[] {
  const predicted = routed.filter((it) => it.predictedTokens !== undefined);
  if (!routing?.events || predicted.length === 0) return [];
  const fitting = predicted.filter(({ predictedTokens, experiment }) => {
    const enough = experiment.reusableTokens / 2;
    return predictedTokens! >= enough === experiment.lookupTokens >= enough;
  });
  return [`${fitting.length} of ${predicted.length} predictions agree with KV events`];
}

/** What the workload does not share is no loss, so `shared` is never the worst. */
function worstOf(stages: readonly FunnelStage[], sharedTokens: number): FunnelStageId | null {
  const losses = stages.filter((it) => it.id !== 'shared' && it.lost !== null);
  const worst = losses.toSorted((a, b) => (b.lost ?? 0) - (a.lost ?? 0))[0];
  return worst && (worst.lost ?? 0) > TOLERANCE * sharedTokens ? worst.id : null;
}

/** Mean TTFT of an arm's answers; null without any. */
function meanTtft(samples: readonly MeasuredSample[], arm: ArmId): number | null {
  const times = answeredOf(samples, arm)
    .map((it) => ttftMs(it))
    .filter((it) => it !== undefined);
  return meanOf(times);
}

import type { Estimate } from '../judge/estimate.ts';

/** In the order a token passes them on its way to becoming a saved millisecond. */
export type FunnelStageId = 'shared' | 'reusable' | 'held' | 'known' | 'routed' | 'hit' | 'saved';

/**
 * What became of the prompt tokens of arm C that were shared with an earlier prompt. Every stage
 * counts tokens that passed all stages before it; the last one counts the tokens whose milliseconds
 * were saved at the engine's own rate.
 */
export interface LossFunnel {
  stages: FunnelStage[];
  /** The stage that lost most; null when no stage lost more than the tolerance. */
  worstStage: FunnelStageId | null;
  msSavedMean: number | null;
}

/** One row of the table of causes that fits what was seen. */
export interface Cause {
  /** `not-known` where no row fits. */
  id: string;
  sentence: string;
  /** What was seen that speaks for it. */
  evidence: string[];
  remedy: string;
  /** Other rows that some of the evidence would fit, by id. */
  considered: string[];
}

export interface FunnelStage {
  id: FunnelStageId;
  /** For people: "held by an engine". */
  label: string;
  /** Tokens that reached this stage; null when unknown. */
  tokens: number | null;
  /** Of all prompt tokens. */
  shareOfPrompt: number | null;
  /** Tokens lost on the way from the stage before; null when unknown. */
  lost: number | null;
  evidence: string;
}

/** Milliseconds of TTFT saved per 1,000 cached tokens: proof that the hits cause the gain. */
export interface DoseResponse {
  points: { cachedTokens: number; ttftMsP50: number; n: number }[];
  /** Ordinary least squares slope; positive means more cached tokens, less waiting. */
  msSavedPer1000Tokens: Estimate | null;
  verdict: 'causal' | 'none' | 'inconclusive';
}

export interface MoneyLine {
  /** Prefill tokens avoided per 1,000 requests by routing, arm C against B; null without reports. */
  tokensAvoidedPer1000: Estimate | null;
  /** Engine-seconds of prefill avoided per 1,000 requests, C against B. */
  engineSecondsPer1000: Estimate | null;
  /** Hit rate from which routing pays for the gateway's own cost; null when unknown. */
  breakEvenHitRate: number | null;
  /** Mean TTFT the gateway adds, C against D on certain hits. */
  gatewayTaxMs: Estimate | null;
}

import { indexableTokens, reusableTokens } from '../../target/alignment.ts';
import type { Deployment } from '../../target/deployment.ts';
import { preferredInstance } from '../../kv/preferred.ts';
import { type PromptMaker, type PromptPair, commonPrefix } from './prompts.ts';
import type { ArmId } from '../result/result-arms.ts';
import type { EngineTarget } from '../../target/targets.ts';

/** One measured request as planned: what is sent, and what is known of it beforehand. */
export interface PlannedRequest {
  id: string;
  pair: PromptPair;
  /** Engine that gets the prime. */
  holder: EngineTarget;
  measuredTokens: readonly number[];
  promptTokens: number;
  sharedTokens: number;
  reusableTokens: number;
}

export interface BlockPlan {
  arm: ArmId;
  round: number;
  requests: number;
  /** Where the primes go, one per request. */
  holders: readonly EngineTarget[];
  blockTokens: number;
  concurrency: number;
}

/** Prompts of one block with their lengths in the engine's own tokens. */
export async function planRequest(
  deployment: Deployment,
  maker: PromptMaker,
  { arm, round, holders, blockTokens, index }: BlockPlan & { index: number },
): Promise<PlannedRequest> {
  const id = `${arm}/${round}/${index}`;
  const pair = arm === 'A' ? maker.uncacheable(id) : maker.cacheable(id);
  const [primed, measuredTokens] = await Promise.all([
    deployment.tokenize(pair.prime),
    deployment.tokenize(pair.measured),
  ]);
  const sharedTokens = commonPrefix(primed, measuredTokens);
  return {
    id,
    pair,
    holder: holders[index]!,
    measuredTokens,
    promptTokens: measuredTokens.length,
    sharedTokens,
    reusableTokens: reusableTokens(sharedTokens, measuredTokens.length, blockTokens),
  };
}

/** What the controller says of a primed prompt. */
export interface Admission {
  lookupId: string | null;
  lookupTokens: number;
}

/**
 * Waits until the controller lists a primed prompt. A prefix shorter than a chunk cannot be listed
 * and is asked for once only.
 */
export async function awaitAdmission(
  deployment: Deployment,
  request: PlannedRequest,
  deadlineMs: number,
): Promise<Admission> {
  const canBeListed = indexableTokens(request.sharedTokens) > 0;
  const holdings = await deployment.lookupWithin(
    request.measuredTokens,
    canBeListed ? deadlineMs : 0,
  );
  const best = preferredInstance(holdings);
  return { lookupId: best?.instanceId ?? null, lookupTokens: best?.matchedTokens ?? 0 };
}

import type { ExchangeResult, RouteDecision } from '../../listener/context.ts';
import type { KvcacheMetrics } from './metrics.ts';

/**
 * Compares what was predicted with what the engine reports. A prediction counts only when the request
 * went to the endpoint it was made for; a number the engine does not report is unknown, not zero.
 */
export function recordPrediction(
  metrics: KvcacheMetrics,
  decision: RouteDecision,
  result: ExchangeResult,
): void {
  const { usage } = result;
  if (!usage) return;
  if (decision.promptTokens !== undefined) {
    const drift = Math.abs(usage.promptTokens - decision.promptTokens);
    if (drift > 0) metrics.driftRequests.inc();
    metrics.driftTokens.inc(drift);
  }
  const isFollowed = decision.endpointId === result.endpointId;
  if (!isFollowed || decision.predictedCachedTokens === undefined) return;
  if (usage.cachedTokens === undefined) return;
  metrics.comparedRequests.inc();
  metrics.predictedTokens.inc(decision.predictedCachedTokens);
  metrics.actualTokens.inc(usage.cachedTokens);
}

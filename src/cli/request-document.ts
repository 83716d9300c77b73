import { redactUrl } from '../base/origin.ts';
import type { ChatExchange } from '../net/chat-exchange.ts';
import type { RequestPlan, RequestResult } from '../request/request.ts';
import type { ExitCode } from './exit-codes.ts';

/** `kvcache.request/v1`. What is not known is null, never zero. */
export function requestDocument(
  plan: RequestPlan,
  { exchanges, stats, checks, outcome }: RequestResult,
  exitCode: ExitCode,
): object {
  return {
    schema: 'kvcache.request/v1',
    outcome,
    exitCode,
    checks,
    url: redactUrl(plan.url),
    model: plan.model,
    requests: exchanges.map(exchangeOf),
    stats: stats ?? null,
  };
}

function exchangeOf({ status, servedBy, usage, routing, ...rest }: ChatExchange): object {
  return {
    status,
    servedBy: servedBy ?? null,
    promptTokens: usage.promptTokens ?? null,
    completionTokens: usage.completionTokens ?? null,
    cachedTokens: usage.cachedTokens ?? null,
    predictedCachedTokens: routing.predictedCachedTokens ?? null,
    reason: routing.reason ?? null,
    ttftMs: rest.ttftMs ?? null,
    latencyMs: rest.latencyMs,
    body: rest.body,
  };
}

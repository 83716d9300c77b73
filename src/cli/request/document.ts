import { redactUrl } from '../../base/origin.ts';
import { latencyMs, ttftMs } from '../../load/sample.ts';
import type { Answer } from '../../load/send.ts';
import type { RequestPlan, RequestResult } from './request.ts';
import type { ExitCode } from '../shell/exit-codes.ts';

/** `kvcache.request/v1`. What is not known is null, never zero. */
export function requestDocument(
  plan: RequestPlan,
  { answers, stats, checks, outcome }: RequestResult,
  exitCode: ExitCode,
): object {
  return {
    schema: 'kvcache.request/v1',
    outcome,
    exitCode,
    checks,
    url: redactUrl(plan.url),
    model: plan.model,
    requests: answers.map(answerOf),
    stats: stats ?? null,
  };
}

function answerOf({ sample, body }: Answer): object {
  return {
    status: sample.status,
    servedBy: servedByOf(sample),
    promptTokens: sample.promptTokens ?? null,
    completionTokens: sample.outputTokens ?? null,
    cachedTokens: sample.cachedTokens ?? null,
    predictedCachedTokens: sample.predictedTokens ?? null,
    reason: sample.reason ?? null,
    finishReason: sample.finishReason ?? null,
    failure: sample.failure ?? null,
    problem: sample.problem ?? null,
    ttftMs: ttftMs(sample) ?? null,
    latencyMs: latencyMs(sample),
    body,
  };
}

/** Who served a request and who says so; null when nobody does. */
export function servedByOf({ servedBy, servedBySource }: Answer['sample']): object | null {
  return servedBy === undefined ? null : { endpoint: servedBy, source: servedBySource };
}

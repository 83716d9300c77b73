import type { Exchange } from '../../http/exchange.ts';
import { faultEntry } from '../../faults/fault-journal.ts';
import type { FaultAction } from '../../faults/fault-rule.ts';
import { FAULTS } from '../../faults/kinds/index.ts';
import type { EngineCore } from '../core/engine-core.ts';
import type { EngineRequest, RequestRejection } from '../core/request.ts';
import { type AnswerSink, HttpSink } from './answer-sink.ts';
import { AnswerText } from './answer-text.ts';
import { type CompletionCall, readCompletion } from './completion-call.ts';
import type { CompletionKind } from './completion-fields.ts';
import { type AnswerResult, CompletionRun } from './completion-run.ts';
import { type EngineWire, uniqueId } from './engine-wire.ts';
import { badRequest, sendError, type WireError } from './wire-error.ts';

export const ID_PREFIX: Readonly<Record<CompletionKind, string>> = {
  chat: 'chatcmpl',
  text: 'cmpl',
};

/** Answers `/v1/chat/completions` or `/v1/completions`, as JSON or as a stream. */
export function answerCompletion(
  kind: CompletionKind,
  wire: EngineWire,
  exchange: Exchange,
  fault: FaultAction | undefined,
): void {
  const { settings, engine } = wire;
  const { reply } = exchange;
  const atMs = wire.clock.wallMs();
  const record = (status: number | null, result?: AnswerResult): void =>
    journalCompletion(wire, { exchange, fault, atMs, status, call, result });

  const call = readCompletion(kind, exchange.body, wire);
  if ('status' in call) {
    sendError(reply, call, settings.dialect);
    record(call.status);
    return;
  }
  const run = new CompletionRun({
    call,
    text: new AnswerText({
      id: answerId(wire, kind, exchange),
      created: Math.floor(atMs / 1_000),
      call,
      settings,
      blockTokens: engine.profile.blockSize,
    }),
    sink: answerSink(wire, exchange, fault),
    metrics: wire.metrics,
    maxModelLen: settings.maxModelLen,
    clock: wire.clock,
    lateness: wire.lateness,
    onFinish: (result) => record(reply.status, result),
  });
  const refused = submitAll(engine, run, engineRequests(call, wire, { exchange, fault }));
  if (refused) {
    if (refused.code === 'queue_full') wire.metrics.observeRefusal();
    sendError(reply, rejectionError(refused), settings.dialect, refused.retryAfterS);
    record(refused.status);
    return;
  }
  run.start();
  // Whoever hangs up frees the engine's slots and blocks at once.
  if (!run.isFinished) reply.onGone(() => abortAll(engine, run));
}

/** One request of the engine per choice, keyed as vLLM names them (`vllm/v1/engine/parallel_sampling.py`). */
function engineRequests(
  call: CompletionCall,
  { settings }: EngineWire,
  { exchange: { key }, fault }: { exchange: Exchange; fault: FaultAction | undefined },
): EngineRequest[] {
  const { prompts, choicesPerPrompt: count, maxTokens } = call;
  const slowFactor = fault && FAULTS[fault.kind].slowdown?.(fault.parameters);
  const requests: EngineRequest[] = [];
  for (let prompt = 0; prompt < prompts.length; prompt++) {
    const promptKey = prompts.length === 1 ? key : `${key}-${prompt}`;
    const left = settings.maxModelLen - prompts[prompt]!.length;
    for (let choice = 0; choice < count; choice++) {
      requests.push({
        key: count === 1 ? promptKey : `${choice}_${promptKey}`,
        promptTokens: prompts[prompt]!,
        choice,
        stop: call.stop,
        isJsonObject: call.isJsonObject,
        maxTokens: maxTokens === undefined ? undefined : Math.min(maxTokens, left),
        minTokens: call.minTokens,
        ignoreEos: call.ignoreEos,
        priority: call.priority,
        cacheSalt: call.cacheSalt,
        loraName: call.loraName,
        slowFactor,
      });
    }
  }
  return requests;
}

/** All or none: what was accepted before a refusal is taken back. */
function submitAll(
  engine: EngineCore,
  run: CompletionRun,
  requests: readonly EngineRequest[],
): RequestRejection | undefined {
  for (let index = 0; index < requests.length; index++) {
    const choice = run.choices[index]!;
    const handle = engine.submit(requests[index]!, choice);
    if (!handle.accepted) {
      abortAll(engine, run);
      return handle;
    }
    choice.handle = handle;
  }
  return undefined;
}

function abortAll(engine: EngineCore, { choices }: CompletionRun): void {
  for (const { handle } of choices) if (handle) engine.abort(handle);
}

function answerSink(
  wire: EngineWire,
  { reply }: Exchange,
  fault: FaultAction | undefined,
): AnswerSink {
  const { settings, clock } = wire;
  if (settings.tellServedBy) reply.addField('x-inference-pod', settings.id);
  const inner = new HttpSink(reply);
  if (!fault) return inner;
  return FAULTS[fault.kind].sink?.(fault.parameters, inner, { reply, clock }) ?? inner;
}

function rejectionError(rejection: { status: number; message: string }): WireError {
  if (rejection.status === 400) return badRequest(rejection.message);
  return {
    status: rejection.status,
    type: rejection.status === 429 ? 'RateLimitError' : 'ServiceUnavailableError',
    message: rejection.message,
    param: null,
  };
}

/** The client's request id when it sent a plain one, as vLLM; else unique within this engine. */
function answerId(wire: EngineWire, kind: CompletionKind, { request, key }: Exchange): string {
  const isOwn = request.header('x-request-id') === key && /^[\w.:-]{1,128}$/.test(key);
  if (isOwn) return `${ID_PREFIX[kind]}-${key}`;
  return `${ID_PREFIX[kind]}-${uniqueId(wire, key)}`;
}

interface CompletionRecord {
  exchange: Exchange;
  fault: FaultAction | undefined;
  atMs: number;
  status: number | null;
  call: CompletionCall | WireError;
  result: AnswerResult | undefined;
}

function journalCompletion(wire: EngineWire, record: CompletionRecord): void {
  const { exchange, fault, atMs, status, call, result } = record;
  wire.journal.add({
    ...faultEntry(exchange, fault, { atMs, status }),
    completion:
      result && 'kind' in call
        ? {
            model: call.model,
            isStream: call.isStream,
            promptTokens: result.promptTokens,
            cachedTokens: result.cachedTokens,
            tierCachedTokens: result.last.tierCachedTokens,
            outputTokens: result.outputTokens,
            finishReason: result.last.finishReason,
            queueMs: result.last.queueMs,
            ttftMs: result.last.ttftMs,
            e2eMs: result.last.e2eMs,
          }
        : null,
  });
}

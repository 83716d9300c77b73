import type { TokenIds } from '../../kv/token-ids.ts';
import type { Exchange } from '../../http/exchange.ts';
import { type CompletionCall, readCompletion } from './completion-call.ts';
import type { CompletionKind } from './completion-fields.ts';
import { ID_PREFIX } from './completions.ts';
import { type EngineWire, uniqueId } from './engine-wire.ts';
import type { WireError } from './wire-error.ts';

/** What a 0.32 says that was not started with `--enable-scale-out`. */
export const SCALE_OUT_OFF: WireError = {
  status: 403,
  type: 'PermissionDeniedError',
  message:
    'Scale-out endpoints are disabled. Restart vllm serve with --enable-scale-out to enable them.',
  param: null,
};

/**
 * `POST /v1/chat/completions/render` and `/v1/completions/render`: what the engine would be asked for, and nothing is
 * generated (`GenerateRequest`: the members that all versions have).
 */
export function render(
  kind: CompletionKind,
  wire: EngineWire,
  { body, key }: Exchange,
): object | WireError {
  const call = readCompletion(kind, body, wire);
  if ('status' in call) return call;
  const rendered = call.prompts.map((tokens) => ({
    request_id: `${ID_PREFIX[kind]}-${uniqueId(wire, key)}`,
    ...generateRequest(call, tokens, wire.settings.maxModelLen),
  }));
  return kind === 'chat' ? rendered[0]! : rendered;
}

function generateRequest(call: CompletionCall, tokens: TokenIds, maxModelLen: number): object {
  const left = maxModelLen - tokens.length;
  return {
    token_ids: Array.from(tokens),
    features: null,
    sampling_params: { max_tokens: Math.min(call.maxTokens ?? left, left) },
    model: call.model,
    stream: call.isStream,
    stream_options: null,
    cache_salt: call.cacheSalt ?? null,
    priority: call.priority ?? 0,
    kv_transfer_params: null,
  };
}

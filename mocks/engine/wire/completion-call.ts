import type { TokenIds } from '../../../src/kv/token-ids.ts';
import type { Tokenizer } from '../../../src/kv/tokens.ts';
import type { EngineSettings } from './settings.ts';
import {
  checkFields,
  type FieldTable,
  isObject,
  type JsonObject,
  numberAt,
  stringAt,
} from './fields.ts';
import { chatTokens, textTokens } from './prompt.ts';
import { badRequest, unknownModel, validationError, type WireError } from './wire-error.ts';

export type CompletionKind = 'chat' | 'text';

/** A completion request, checked and tokenized. */
export interface CompletionCall {
  kind: CompletionKind;
  /** The name the client used, or the engine's own. */
  model: string;
  loraName: string | undefined;
  promptTokens: TokenIds;
  isStream: boolean;
  includeUsage: boolean;
  /** Usage on every chunk, not only on the last. */
  continuousUsage: boolean;
  maxTokens: number | undefined;
  minTokens: number | undefined;
  ignoreEos: boolean;
  priority: number | undefined;
  cacheSalt: string | undefined;
}

const FIELDS: FieldTable = [
  ['model', 'string'],
  ['stream', 'boolean'],
  ['stream_options', 'object'],
  ['max_tokens', 'integer'],
  ['max_completion_tokens', 'integer'],
  ['min_tokens', 'integer'],
  ['ignore_eos', 'boolean'],
  ['priority', 'integer'],
  ['cache_salt', 'string'],
  ['n', 'integer'],
  ['temperature', 'number'],
  ['tools', 'list'],
];

/** `/v1/completions` answers 16 tokens unless told otherwise, as OpenAI's API always has. */
const TEXT_MAX_TOKENS = 16;

/** Reads a parsed body as vLLM's `ChatCompletionRequest` or `CompletionRequest`. */
export function readCompletion(
  kind: CompletionKind,
  body: unknown,
  surroundings: { settings: EngineSettings; tokenizer: Tokenizer },
): CompletionCall | WireError {
  if (!isObject(body)) return validationError('body', 'Input should be a valid dictionary');
  const { settings, tokenizer } = surroundings;
  const wrong = checkFields(body, FIELDS) ?? checkValues(body);
  if (wrong) return wrong;
  const model = stringAt(body, 'model') ?? settings.model;
  const isLora = settings.loras.includes(model);
  if (!isLora && model !== settings.model) return unknownModel(model, settings.dialect);
  const promptTokens = (kind === 'chat' ? chatTokens : textTokens)(tokenizer, body);
  if ('status' in promptTokens) return promptTokens;
  const tooLong = checkLength(kind, body, { promptTokens: promptTokens.length, settings });
  if (tooLong) return tooLong;
  return {
    kind,
    model,
    loraName: isLora ? model : undefined,
    promptTokens,
    ...streaming(body, settings),
    maxTokens: maxTokensOf(kind, body),
    minTokens: numberAt(body, 'min_tokens'),
    ignoreEos: body['ignore_eos'] === true,
    priority: numberAt(body, 'priority'),
    cacheSalt: stringAt(body, 'cache_salt'),
  };
}

function streaming(
  body: JsonObject,
  settings: EngineSettings,
): Pick<CompletionCall, 'isStream' | 'includeUsage' | 'continuousUsage'> {
  const options = isObject(body['stream_options']) ? body['stream_options'] : {};
  const includeUsage = settings.forceIncludeUsage || options['include_usage'] === true;
  return {
    isStream: body['stream'] === true,
    includeUsage,
    continuousUsage:
      includeUsage && (settings.forceIncludeUsage || options['continuous_usage_stats'] === true),
  };
}

function checkValues(body: JsonObject): WireError | undefined {
  if (body['stream_options'] && body['stream'] !== true) {
    return validationError(
      'stream_options',
      'Stream options can only be defined when `stream=True`.',
    );
  }
  if (body['cache_salt'] === '') {
    return validationError(
      'cache_salt',
      "Parameter 'cache_salt' must be a non-empty string if provided.",
    );
  }
  const count = body['n'];
  if (typeof count === 'number' && count !== 1) {
    return badRequest('This mock answers with one choice per request.', 'n');
  }
  for (const field of ['max_tokens', 'max_completion_tokens']) {
    const value = body[field];
    if (typeof value === 'number' && value < 1) {
      return badRequest(`${field} must be at least 1, got ${value}.`, field);
    }
  }
  return undefined;
}

function checkLength(
  kind: CompletionKind,
  body: JsonObject,
  { promptTokens, settings }: { promptTokens: number; settings: EngineSettings },
): WireError | undefined {
  const limit = settings.maxModelLen;
  if (promptTokens >= limit) {
    return badRequest(
      `This model's maximum context length is ${limit} tokens. However, your request has ${promptTokens} input tokens. Please reduce the length of the input messages.`,
      'input_tokens',
    );
  }
  const maxTokens = kind === 'chat' || body['max_tokens'] ? maxTokensOf(kind, body) : undefined;
  if (maxTokens === undefined || promptTokens + maxTokens <= limit) return undefined;
  return badRequest(
    `'max_tokens' or 'max_completion_tokens' is too large: ${maxTokens}. This model's maximum context length is ${limit} tokens and your request has ${promptTokens} input tokens (${maxTokens} > ${limit} - ${promptTokens}).`,
    'max_tokens',
  );
}

function maxTokensOf(kind: CompletionKind, body: JsonObject): number | undefined {
  const maxTokens = numberAt(body, 'max_tokens');
  if (kind === 'text') return maxTokens ?? TEXT_MAX_TOKENS;
  return numberAt(body, 'max_completion_tokens') ?? maxTokens;
}

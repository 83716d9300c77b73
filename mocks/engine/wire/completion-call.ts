import type { TokenIds } from '../../../src/kv/token-ids.ts';
import type { StopRule } from '../core/stop.ts';
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
import { checkValues } from './completion-checks.ts';
import { chatPrompts, textPrompts } from './prompt.ts';
import { wantsJsonObject } from './structured-output.ts';
import { badRequest, unknownModel, validationError, type WireError } from './wire-error.ts';

export type CompletionKind = 'chat' | 'text';

/** A completion request, checked and tokenized. */
export interface CompletionCall {
  kind: CompletionKind;
  /** The name the client used, or the engine's own. */
  model: string;
  loraName: string | undefined;
  /** One, unless a text completion brings several. */
  prompts: readonly TokenIds[];
  /** `n`; choice k of prompt p is choice p·n + k of the answer. */
  choicesPerPrompt: number;
  stop: StopRule | undefined;
  /** The answer is to be a JSON object. */
  isJsonObject: boolean;
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
  ['best_of', 'integer'],
  ['temperature', 'number'],
  ['stop_token_ids', 'list'],
  ['include_stop_str_in_output', 'boolean'],
  ['tools', 'list'],
];

/** `/v1/completions` answers 16 tokens unless told otherwise, as OpenAI's API always has. */
const TEXT_MAX_TOKENS = 16;

interface Surroundings {
  settings: EngineSettings;
  tokenizer: Tokenizer;
}

/** Reads a parsed body as vLLM's `ChatCompletionRequest` or `CompletionRequest`. */
export function readCompletion(
  kind: CompletionKind,
  body: unknown,
  surroundings: Surroundings,
): CompletionCall | WireError {
  if (!isObject(body)) return validationError('', 'Input should be a valid dictionary');
  const { settings } = surroundings;
  const wrong = checkFields(body, FIELDS) ?? checkValues(kind, body);
  if (wrong) return wrong;
  const model = stringAt(body, 'model') ?? settings.model;
  const isLora = settings.loras.includes(model);
  if (!isLora && model !== settings.model) return unknownModel(model, settings.dialect);
  const prompts = readPrompts(kind, body, surroundings);
  if ('status' in prompts) return prompts;
  const usage = usageOptions(body, settings);
  return {
    kind,
    model,
    loraName: isLora ? model : undefined,
    prompts,
    choicesPerPrompt: numberAt(body, 'n') ?? 1,
    stop: stopRule(body),
    isJsonObject: wantsJsonObject(body),
    isStream: body['stream'] === true,
    includeUsage: usage.isIncluded,
    continuousUsage: usage.isContinuous,
    maxTokens: maxTokensOf(kind, body),
    minTokens: numberAt(body, 'min_tokens'),
    ignoreEos: body['ignore_eos'] === true,
    priority: numberAt(body, 'priority'),
    cacheSalt: stringAt(body, 'cache_salt'),
  };
}

/** The prompts, each short enough for the model. */
function readPrompts(
  kind: CompletionKind,
  body: JsonObject,
  { settings, tokenizer }: Surroundings,
): readonly TokenIds[] | WireError {
  const prompts = (kind === 'chat' ? chatPrompts : textPrompts)(tokenizer, body);
  if ('status' in prompts) return prompts;
  for (const { length } of prompts) {
    const tooLong = checkLength(kind, body, { promptTokens: length, settings });
    if (tooLong) return tooLong;
  }
  return checkMinTokens(kind, body) ?? prompts;
}

function checkMinTokens(kind: CompletionKind, body: JsonObject): WireError | undefined {
  const least = numberAt(body, 'min_tokens');
  const most = maxTokensOf(kind, body);
  if (least === undefined || most === undefined || least <= most) return undefined;
  const message = `min_tokens must be less than or equal to max_tokens=${most}, got ${least}.`;
  return badRequest(message, 'min_tokens');
}

function usageOptions(
  body: JsonObject,
  { forceIncludeUsage }: EngineSettings,
): { isIncluded: boolean; isContinuous: boolean } {
  const options = isObject(body['stream_options']) ? body['stream_options'] : undefined;
  const isIncluded = forceIncludeUsage || options?.['include_usage'] === true;
  const isContinuous = forceIncludeUsage || options?.['continuous_usage_stats'] === true;
  return { isIncluded, isContinuous: isIncluded && isContinuous };
}

/** Undefined when nothing but its own end and `max_tokens` ends the answer. */
function stopRule(body: JsonObject): StopRule | undefined {
  const { stop, stop_token_ids: ids } = body;
  const strings = typeof stop === 'string' ? [stop] : ((stop ?? []) as string[]);
  const tokenIds = (ids ?? []) as number[];
  if (strings.length === 0 && tokenIds.length === 0) return undefined;
  return {
    strings,
    tokenIds,
    isIncluded: body['include_stop_str_in_output'] === true,
    minTokens: numberAt(body, 'min_tokens') ?? 0,
  };
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
  const maxTokens = maxTokensOf(kind, body);
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

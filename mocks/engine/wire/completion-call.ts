import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import { Problems } from '../../python/pydantic.ts';
import type { TokenIds } from '../../kv/token-ids.ts';
import type { StopRule } from '../core/request.ts';
import type { Tokenizer } from '../../kv/tokens.ts';
import type { EngineSettings } from './settings.ts';
import { COMPLETION_BODY, type CompletionKind } from './completion-fields.ts';
import { checkEarly } from './early-checks.ts';
import { numberAt, stringAt } from './body-members.ts';
import { checkFlags } from './flag-checks.ts';
import { checkLength, checkRoom, checkWanted, truncated } from './prompt-limits.ts';
import { chatTokens, type PromptTokens, textPrompts } from './prompt.ts';
import { checkSampling } from './sampling-checks.ts';
import { wantsJsonObject } from './structured-output.ts';
import { checkUnmodelled } from './unmodelled.ts';
import { invalid, unknownModel, type WireError } from './wire-error.ts';

/** A completion request, checked and tokenized. */
export interface CompletionCall {
  kind: CompletionKind;
  /** The name the client used, or the engine's own. */
  model: string;
  /** Whose words the answer is, in a chat. */
  role: string;
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
  /** Tells the ids of the prompt's tokens and of the answer's. */
  returnTokenIds: boolean;
  maxTokens: number | undefined;
  minTokens: number | undefined;
  ignoreEos: boolean;
  priority: number | undefined;
  cacheSalt: string | undefined;
}

/** `/v1/completions` answers 16 tokens unless told otherwise, as OpenAI's API always has. */
const TEXT_MAX_TOKENS = 16;

interface Surroundings {
  settings: EngineSettings;
  tokenizer: Tokenizer;
}

/** Reads a parsed body as vLLM's `ChatCompletionRequest` or `CompletionRequest`. */
export function readCompletion(
  kind: CompletionKind,
  given: unknown,
  surroundings: Surroundings,
): CompletionCall | WireError {
  const { settings } = surroundings;
  const early = isRecord(given) && checkEarly(kind, given);
  if (early) return early;
  const body = COMPLETION_BODY[kind](given);
  if (body instanceof Problems) return invalid(body);
  const model = stringAt(body, 'model') || settings.model;
  const isLora = settings.loras.includes(model);
  if (!isLora && model !== settings.model) return unknownModel(model, settings);
  const prompts = readPrompts(kind, body, surroundings);
  if ('status' in prompts) return prompts;
  const usage = usageOptions(body, settings);
  return {
    kind,
    model,
    role: roleOf(body),
    loraName: isLora ? model : undefined,
    prompts,
    choicesPerPrompt: numberAt(body, 'n') ?? 1,
    stop: stopRule(body),
    isJsonObject: wantsJsonObject(body),
    isStream: body['stream'] === true,
    includeUsage: usage.isIncluded,
    continuousUsage: usage.isContinuous,
    returnTokenIds: body['return_token_ids'] === true,
    maxTokens: maxTokensOf(kind, body),
    minTokens: numberAt(body, 'min_tokens'),
    ignoreEos: body['ignore_eos'] === true,
    priority: numberAt(body, 'priority'),
    cacheSalt: stringAt(body, 'cache_salt'),
  };
}

/** Whose turn it is: the last message's, when no new one is begun. */
function roleOf(body: JsonRecord): string {
  if (body['add_generation_prompt'] !== false) return 'assistant';
  const last = (body['messages'] as readonly JsonRecord[] | undefined)?.at(-1);
  return (last && stringAt(last, 'role')) ?? 'assistant';
}

/** The prompts, when nothing is wrong with the body. */
function readPrompts(
  kind: CompletionKind,
  body: JsonRecord,
  { settings, tokenizer }: Surroundings,
): readonly TokenIds[] | WireError {
  const { model, maxModelLen, dialect } = settings;
  const refusal = checkFlags(kind, body, settings) ?? checkWanted(body, maxModelLen);
  if (refusal) return refusal;
  const whole =
    kind === 'chat' ? onlyChat(chatTokens(tokenizer, body, model)) : textPrompts(tokenizer, body);
  if ('status' in whole) return whole;
  const prompts = truncated(whole, body, maxModelLen);
  return (
    checkPrompts(kind, body, { prompts, settings }) ?? checkUnmodelled(body, dialect) ?? prompts
  );
}

/** A chat is one prompt. */
function onlyChat(tokens: PromptTokens): readonly TokenIds[] | WireError {
  return 'status' in tokens ? tokens : [tokens];
}

function checkPrompts(
  kind: CompletionKind,
  body: JsonRecord,
  { prompts, settings }: { prompts: readonly TokenIds[]; settings: EngineSettings },
): WireError | undefined {
  const wanted = maxTokensOf(kind, body);
  const { prompt } = body;
  const isText =
    kind === 'chat' || typeof (Array.isArray(prompt) ? prompt[0] : prompt) === 'string';
  for (const { length } of prompts) {
    const wrong =
      checkLength(length, settings.maxModelLen, isText) ??
      checkRoom(length, wanted, settings) ??
      checkSampling(body, Math.min(wanted ?? Infinity, settings.maxModelLen - length));
    if (wrong) return wrong;
  }
  return undefined;
}

function usageOptions(
  body: JsonRecord,
  { forceIncludeUsage }: EngineSettings,
): { isIncluded: boolean; isContinuous: boolean } {
  const options = isRecord(body['stream_options']) ? body['stream_options'] : undefined;
  const isIncluded = forceIncludeUsage || options?.['include_usage'] === true;
  const isContinuous = forceIncludeUsage || options?.['continuous_usage_stats'] === true;
  return { isIncluded, isContinuous: isIncluded && isContinuous };
}

/** Undefined when nothing but its own end and `max_tokens` ends the answer. */
function stopRule(body: JsonRecord): StopRule | undefined {
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

function maxTokensOf(kind: CompletionKind, body: JsonRecord): number | undefined {
  const maxTokens = numberAt(body, 'max_tokens');
  if (kind === 'chat') return numberAt(body, 'max_completion_tokens') ?? maxTokens;
  // An explicit null has no limit.
  return 'max_tokens' in body ? maxTokens : TEXT_MAX_TOKENS;
}

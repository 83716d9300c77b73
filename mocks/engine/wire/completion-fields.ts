import { openModel, type OpenModel } from '../../python/models.ts';
import {
  flag,
  float,
  integer,
  integers,
  listOf,
  mapOf,
  missing,
  noObject,
  nullable,
  Problems,
  type Reader,
  text,
  union,
} from '../../python/pydantic.ts';
import { isRecord } from '../../../src/base/json.ts';
import { readMessages } from './message-fields.ts';
import { readFormat } from './structured-output.ts';

const STOPS_MAX = 4;

const readTool: Reader = (value, loc) => {
  if (value !== null && !isRecord(value)) return new Problems([noObject(value, loc)]);
  if (value?.['function'] !== undefined) return value;
  return new Problems([missing([...loc, 'function'], value)]);
};

export const readTools = nullable(listOf(readTool));

const IDS = integers(0);
const TEXTS = listOf(text);

/** Token ids, lists of them, a text or texts: what is wrong with it is said of each of the four. */
const readAnyPrompt = union(IDS, listOf(IDS), text, TEXTS);

const readPrompt: Reader = (value, loc) => {
  if (value === null || typeof value === 'string') return value;
  // Texts that look like numbers stay texts.
  const isOfTexts = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isOfTexts && value.length > 0 ? value : readAnyPrompt(value, loc);
};

const STREAM_OPTIONS = openModel(
  { include_usage: nullable(flag), continuous_usage_stats: nullable(flag) },
  { at: ['stream_options'] },
);

/** vLLM's own, in both. */
const OWN_SAMPLING = {
  use_beam_search: flag,
  top_k: nullable(integer()),
  min_p: nullable(float()),
  repetition_penalty: nullable(float()),
  stop_token_ids: nullable(integers()),
  include_stop_str_in_output: flag,
  ignore_eos: flag,
  min_tokens: integer(),
  truncate_prompt_tokens: nullable(integer(-1)),
  prompt_logprobs: nullable(integer()),
};

/** `vllm/entrypoints/openai/chat_completion/protocol.py`, as far as it is checked here. */
const CHAT = {
  messages: readMessages,
  model: nullable(text),
  frequency_penalty: nullable(float()),
  logit_bias: nullable(mapOf(float())),
  logprobs: nullable(flag),
  top_logprobs: nullable(integer()),
  max_tokens: nullable(integer()),
  max_completion_tokens: nullable(integer()),
  n: nullable(integer()),
  presence_penalty: nullable(float()),
  response_format: readFormat,
  seed: nullable(integer()),
  stop: nullable(union(text, listOf(text, STOPS_MAX))),
  stream: nullable(flag),
  stream_options: nullable(STREAM_OPTIONS),
  temperature: nullable(float()),
  top_p: nullable(float()),
  tools: readTools,
  user: nullable(text),
  ...OWN_SAMPLING,
  echo: flag,
  add_generation_prompt: flag,
  continue_final_message: flag,
  add_special_tokens: flag,
  chat_template: nullable(text),
  priority: integer(),
  request_id: text,
  return_token_ids: nullable(flag),
  cache_salt: nullable(text),
};

/** `vllm/entrypoints/openai/completion/protocol.py`, likewise. */
const TEXT = {
  model: nullable(text),
  prompt: readPrompt,
  echo: nullable(flag),
  frequency_penalty: nullable(float()),
  logit_bias: nullable(mapOf(float())),
  logprobs: nullable(integer()),
  max_tokens: nullable(integer()),
  n: integer(),
  presence_penalty: nullable(float()),
  seed: nullable(integer()),
  stop: nullable(union(text, listOf(text, STOPS_MAX))),
  stream: nullable(flag),
  stream_options: nullable(STREAM_OPTIONS),
  suffix: nullable(text),
  temperature: nullable(float()),
  top_p: nullable(float()),
  user: nullable(text),
  ...OWN_SAMPLING,
  add_special_tokens: flag,
  response_format: readFormat,
  priority: integer(),
  request_id: text,
  return_token_ids: nullable(flag),
  cache_salt: nullable(text),
};

export type CompletionKind = 'chat' | 'text';

/** Fields not named are allowed and ignored, as in vLLM. */
export const COMPLETION_BODY: Readonly<Record<CompletionKind, OpenModel>> = {
  chat: openModel(CHAT, { needed: 'messages' }),
  text: openModel(TEXT, { needed: 'prompt' }),
};

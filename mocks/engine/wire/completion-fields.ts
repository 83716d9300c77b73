import {
  fieldProblem,
  type FieldReader,
  type FieldTable,
  isObject,
  missing,
  readField,
  readItems,
  type Reading,
} from './fields.ts';
import { readMessages } from './message-fields.ts';
import { readFormat } from './structured-output.ts';
import type { FieldProblem } from './wire-error.ts';

const problemsOf = (reading: Reading): FieldProblem[] =>
  'problems' in reading ? reading.problems : [];

/** A text, or a list of at most four. */
const STOPS_MAX = 4;

const readStop: FieldReader = (value, loc) => {
  if (value === null) return { value: undefined };
  const asText = readField(value, 'string', loc);
  if ('value' in asText) return asText;
  const asList = readItems(value, loc, (item, at) => readField(item, 'string', at));
  if ('problems' in asList) return { problems: [...asText.problems, ...asList.problems] };
  const { length } = value as unknown[];
  if (length <= STOPS_MAX) return asList;
  const msg = `List should have at most ${STOPS_MAX} items after validation, not ${length}`;
  const ctx = { field_type: 'List', max_length: STOPS_MAX, actual_length: length };
  const tooLong = fieldProblem('too_long', msg, { loc, input: value }, ctx);
  return { problems: [...asText.problems, tooLong] };
};

const readBias: FieldReader = (value, loc) => {
  if (value === null) return { value: undefined };
  if (!isObject(value)) {
    const msg = 'Input should be a valid dictionary';
    return { problems: [fieldProblem('dict_type', msg, { loc, input: value })] };
  }
  const problems = Object.entries(value).flatMap(([key, bias]) =>
    problemsOf(readField(bias, 'number', [...loc, key])),
  );
  return problems.length > 0 ? { problems } : { value };
};

/** A model in the model: its fields have places of their own. */
const readObject =
  (fields: FieldTable): FieldReader =>
  (value, loc) => {
    const asObject = readField(value, 'object?', loc);
    if ('problems' in asObject || !isObject(value)) return asObject;
    const read = { ...value };
    const problems: FieldProblem[] = [];
    for (const [name, type, min] of fields) {
      if (value[name] === undefined || typeof type !== 'string') continue;
      const reading = readField(value[name], type, [...loc, name], min);
      if ('problems' in reading) problems.push(...reading.problems);
      else read[name] = reading.value;
    }
    return problems.length > 0 ? { problems } : { value: read };
  };

const readTool: FieldReader = (value, loc) => {
  const asObject = value === null ? { value } : readField(value, 'object?', loc);
  if ('problems' in asObject) return asObject;
  if (isObject(value) && value['function'] !== undefined) return { value };
  return { problems: [missing([...loc, 'function'], value)] };
};

export const readTools: FieldReader = (value, loc) =>
  value === null ? { value: undefined } : readItems(value, loc, readTool);

/** Token ids, lists of them, a text or texts: what is wrong with it is said of each of the four. */
const readPrompt: FieldReader = (value, loc) => {
  if (value === null || typeof value === 'string') return { value };
  const branches = [
    readField(value, 'integers', loc, 0),
    readItems(value, loc, (item, at) => readField(item, 'integers', at, 0)),
    readField(value, 'string', loc),
    readItems(value, loc, (item, at) => readField(item, 'string', at)),
  ];
  // Texts that look like numbers stay texts.
  const order =
    Array.isArray(value) && typeof value[0] === 'string' ? branches.toReversed() : branches;
  return order.find((it) => 'value' in it) ?? { problems: branches.flatMap(problemsOf) };
};

const readStreamOptions = readObject([
  ['include_usage', 'boolean?'],
  ['continuous_usage_stats', 'boolean?'],
]);

/** vLLM's own, in both. */
const OWN_SAMPLING: FieldTable = [
  ['use_beam_search', 'boolean'],
  ['top_k', 'integer?'],
  ['min_p', 'number?'],
  ['repetition_penalty', 'number?'],
  ['stop_token_ids', 'integers?'],
  ['include_stop_str_in_output', 'boolean'],
  ['ignore_eos', 'boolean'],
  ['min_tokens', 'integer'],
  ['truncate_prompt_tokens', 'integer?', -1],
  ['prompt_logprobs', 'integer?'],
];

/** `vllm/entrypoints/openai/chat_completion/protocol.py`, as far as it is checked here. */
const CHAT: FieldTable = [
  ['messages', readMessages],
  ['model', 'string?'],
  ['frequency_penalty', 'number?'],
  ['logit_bias', readBias],
  ['logprobs', 'boolean?'],
  ['top_logprobs', 'integer?'],
  ['max_tokens', 'integer?'],
  ['max_completion_tokens', 'integer?'],
  ['n', 'integer?'],
  ['presence_penalty', 'number?'],
  ['response_format', readFormat],
  ['seed', 'integer?'],
  ['stop', readStop],
  ['stream', 'boolean?'],
  ['stream_options', readStreamOptions],
  ['temperature', 'number?'],
  ['top_p', 'number?'],
  ['tools', readTools],
  ['user', 'string?'],
  ...OWN_SAMPLING,
  ['echo', 'boolean'],
  ['add_generation_prompt', 'boolean'],
  ['continue_final_message', 'boolean'],
  ['add_special_tokens', 'boolean'],
  ['chat_template', 'string?'],
  ['priority', 'integer'],
  ['request_id', 'string'],
  ['return_token_ids', 'boolean?'],
  ['cache_salt', 'string?'],
];

/** `vllm/entrypoints/openai/completion/protocol.py`, likewise. */
const TEXT: FieldTable = [
  ['model', 'string?'],
  ['prompt', readPrompt],
  ['echo', 'boolean?'],
  ['frequency_penalty', 'number?'],
  ['logit_bias', readBias],
  ['logprobs', 'integer?'],
  ['max_tokens', 'integer?'],
  ['n', 'integer'],
  ['presence_penalty', 'number?'],
  ['seed', 'integer?'],
  ['stop', readStop],
  ['stream', 'boolean?'],
  ['stream_options', readStreamOptions],
  ['suffix', 'string?'],
  ['temperature', 'number?'],
  ['top_p', 'number?'],
  ['user', 'string?'],
  ...OWN_SAMPLING,
  ['add_special_tokens', 'boolean'],
  ['response_format', readFormat],
  ['priority', 'integer'],
  ['request_id', 'string'],
  ['return_token_ids', 'boolean?'],
  ['cache_salt', 'string?'],
];

export type CompletionKind = 'chat' | 'text';

export const COMPLETION_FIELDS: Readonly<Record<CompletionKind, FieldTable>> = {
  chat: CHAT,
  text: TEXT,
};

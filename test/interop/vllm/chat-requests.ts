import { post, type WireRequest } from '../differential/wire-request.ts';

export const CHAT = '/v1/chat/completions';

/** The name the engine serves its model by. */
export const MODEL = 'tiny';

/** Token ids from here on are in neither vocabulary, that of the real model or the mock's. */
export const NO_TOKEN = 5_000_000_000;

/** The real model's token for an "e". */
export const LETTER_E = 71;

/** Longer than a KV block of either. */
const LONG = Array.from({ length: 400 }, (_, index) => `word${index}`).join(' ');

/** A chat body of one message and four tokens. */
export const chat = (content: unknown, more: object = {}): object => ({
  model: MODEL,
  messages: [{ role: 'user', content }],
  max_tokens: 4,
  ...more,
});

const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };
const IMAGE = { type: 'image_url', image_url: { url: 'http://127.0.0.1:1/x.png' } };
const SCHEMA = { name: 's', schema: { type: 'object' } };

const MESSAGES: readonly unknown[] = [
  undefined,
  null,
  [],
  'x',
  {},
  ['x'],
  [{}],
  [{ role: 'user' }],
  [{ content: 'x' }],
  [{ role: 7, content: 'x' }],
  [{ role: 'banana', content: 'x' }],
  [{ role: 'developer', content: 'x' }],
  [
    { role: 'system', content: 'x' },
    { role: 'user', content: 'y' },
    { role: 'assistant', content: 'z' },
    { role: 'user', content: 'y' },
  ],
  [{ role: 'assistant', content: null, tool_calls: [] }],
  [{ role: 'tool', content: 'q', tool_call_id: '1' }],
];

const CONTENTS: readonly unknown[] = [
  'Say hello',
  LONG,
  `${LONG} `,
  '',
  null,
  5,
  [],
  [
    { type: 'text', text: 'hi' },
    { type: 'text', text: 'there' },
  ],
  [{ type: 'text' }],
  [{ type: 'banana' }],
  ['bare'],
  [IMAGE],
  Array(9_000).fill('word').join(' '),
];

/** Added to a good body, one at a time. */
const MEMBERS: readonly object[] = [
  { model: undefined },
  { model: '' },
  { model: null },
  { model: 'nope' },
  { model: 7 },
  { max_tokens: 0 },
  { max_tokens: -1 },
  { max_tokens: 5_000 },
  { max_tokens: 'x' },
  { max_tokens: '3' },
  { max_tokens: 1.5 },
  { max_tokens: 2.0 },
  { max_tokens: true },
  { max_tokens: null, max_completion_tokens: 3 },
  { max_completion_tokens: 2 },
  { max_completion_tokens: 0 },
  { min_tokens: 3 },
  { min_tokens: 9 },
  { min_tokens: -1 },
  { ignore_eos: true },
  { ignore_eos: 'maybe' },
  { n: 2 },
  { n: 0 },
  { n: -1 },
  { n: 'x' },
  { n: 2, temperature: 0 },
  { temperature: 0 },
  { temperature: -1 },
  { temperature: 3 },
  { temperature: 'x' },
  { temperature: '0.5' },
  { top_p: 0 },
  { top_p: 1.5 },
  { top_k: 0 },
  { top_k: -2 },
  { top_k: 1.5 },
  { min_p: 2 },
  { presence_penalty: 5 },
  { frequency_penalty: -3 },
  { repetition_penalty: 0 },
  { seed: 1 },
  { seed: 'x' },
  { stop: [' the'] },
  { stop: 'zzz' },
  { stop: '' },
  { stop: [''] },
  { stop: [1] },
  { stop: 7 },
  { stop_token_ids: [2] },
  { stop_token_ids: ['x'] },
  { stop_token_ids: 'x' },
  { stop: 'e', max_tokens: 60, logit_bias: { [LETTER_E]: 100 } },
  { logprobs: true },
  { logprobs: true, top_logprobs: 2 },
  { top_logprobs: 2 },
  { logprobs: true, top_logprobs: 100 },
  { logprobs: 'maybe' },
  { prompt_logprobs: 1 },
  { return_token_ids: true },
  { echo: true },
  { add_generation_prompt: false },
  { continue_final_message: true },
  { continue_final_message: true, add_generation_prompt: false },
  { tools: [TOOL] },
  { tools: [TOOL], tool_choice: 'auto' },
  { tools: [TOOL], tool_choice: 'none' },
  { tools: [TOOL], tool_choice: 'banana' },
  { tools: [] },
  { tools: 'x' },
  { tool_choice: 'auto' },
  { tool_choice: 'none' },
  { tool_choice: 'required' },
  { response_format: { type: 'text' } },
  { response_format: { type: 'json_object' }, max_tokens: 1 },
  { response_format: { type: 'banana' } },
  { response_format: { type: 'json_schema' } },
  { response_format: { type: 'json_schema', json_schema: SCHEMA } },
  { response_format: 'text' },
  { structured_outputs: { choice: ['a', 'b'] } },
  { unknown_field: 1 },
  { cache_salt: 'abc' },
  { cache_salt: '' },
  { cache_salt: 7 },
  { priority: 1 },
  { priority: 'x' },
  { request_id: 'my-id' },
  { user: 'u' },
  { user: 7 },
  { stream: 'banana' },
  { stream: null },
  { stream: 0 },
  { stream_options: { include_usage: true } },
  { stream_options: null },
  { stream_options: 'x' },
  { bad_words: ['x'] },
  { use_beam_search: true, n: 2, ignore_eos: true },
  { chat_template: '{{ messages[0].content }}' },
  { truncate_prompt_tokens: 5 },
  { truncate_prompt_tokens: -5 },
  { logit_bias: { 5: 10 } },
  { logit_bias: { [NO_TOKEN]: 10 } },
  { logit_bias: { x: 10 } },
  { include_stop_str_in_output: 'maybe' },
  { kv_transfer_params: { a: 1 } },
];

/** Chats answered in one piece, and those that are refused. */
export const CHAT_REQUESTS: readonly WireRequest[] = [
  ...MESSAGES.map((messages) => post(CHAT, { model: MODEL, messages, max_tokens: 4 })),
  ...CONTENTS.map((content) => post(CHAT, chat(content))),
  ...MEMBERS.map((members) => post(CHAT, chat('Say hello', members))),
];

import { post, type WireRequest } from '../differential/wire-request.ts';
import { LETTER_E, MODEL, NO_TOKEN } from './chat-requests.ts';

const PROMPTS: readonly unknown[] = [
  undefined,
  null,
  'hello',
  '',
  ['a', 'b'],
  [],
  [''],
  [1, 2, 3],
  [[1, 2], [3]],
  [[]],
  [1, 'a'],
  [-1],
  [1.5],
  [NO_TOKEN],
  [[1], [NO_TOKEN]],
  7,
  { text: 'x' },
  'word '.repeat(9_000),
];

const MEMBERS: readonly object[] = [
  { model: undefined },
  { model: 'nope' },
  { max_tokens: undefined },
  { max_tokens: 0 },
  { max_tokens: 0, echo: true },
  { max_tokens: 5_000 },
  { max_tokens: 'x' },
  { echo: true },
  { logprobs: 1 },
  { logprobs: 100 },
  { prompt_logprobs: 1 },
  { n: 2 },
  { n: 0 },
  { best_of: 2 },
  { suffix: 'x' },
  { suffix: '' },
  { temperature: 3 },
  { top_p: 0 },
  { stop: 'e', max_tokens: 60, logit_bias: { [LETTER_E]: 100 } },
  { stop: [''] },
  { return_token_ids: true },
  { min_tokens: 9 },
  { cache_salt: '' },
  { stream_options: { include_usage: true } },
  { use_beam_search: true, n: 2, ignore_eos: true },
  { add_special_tokens: false },
  { add_special_tokens: 'maybe' },
  { response_format: { type: 'json_object' }, max_tokens: 1 },
  { response_format: { type: 'banana' } },
  { ignore_eos: true },
  { user: 'u' },
  { truncate_prompt_tokens: 1 },
];

/** Text completions answered in one piece, and those that are refused. */
export const COMPLETION_REQUESTS: readonly WireRequest[] = [
  ...PROMPTS.map((prompt) => post('/v1/completions', { model: MODEL, prompt, max_tokens: 4 })),
  ...MEMBERS.map((members) =>
    post('/v1/completions', { model: MODEL, prompt: 'Once upon', max_tokens: 4, ...members }),
  ),
];

import { post, type WireRequest } from '../differential/wire-request.ts';
import { CHAT, chat, MODEL } from './chat-requests.ts';

const USAGE = { include_usage: true };
const CONTINUOUS = { include_usage: true, continuous_usage_stats: true };

const MEMBERS: readonly object[] = [
  {},
  { stream_options: USAGE },
  { stream_options: CONTINUOUS },
  { stream_options: {} },
  { stream_options: { include_usage: 'maybe' } },
  { stream_options: { continuous_usage_stats: true } },
  { n: 2 },
  { n: 2, stream_options: USAGE },
  { n: 2, stream_options: CONTINUOUS },
  { max_tokens: 1 },
  { max_tokens: 1, stream_options: USAGE },
  { return_token_ids: true },
  { return_token_ids: true, stream_options: USAGE },
  { logprobs: true },
  { echo: true },
  { model: 'nope' },
  { max_tokens: 0 },
  { messages: [] },
  { response_format: { type: 'json_object' }, max_tokens: 1 },
];

/** Streams, and what is refused before one begins. */
export const STREAM_REQUESTS: readonly WireRequest[] = [
  ...MEMBERS.map((members) => post(CHAT, chat('Say hello', { stream: true, ...members }))),
  post(CHAT, chat('Say hello', { stream: 'yes' })),
  ...MEMBERS.filter((members) => !('messages' in members)).map((members) =>
    post('/v1/completions', {
      model: MODEL,
      prompt: 'hello',
      max_tokens: 4,
      stream: true,
      ...members,
    }),
  ),
  post('/v1/completions', {
    model: MODEL,
    prompt: ['a', 'b'],
    max_tokens: 2,
    stream: true,
    stream_options: USAGE,
  }),
];

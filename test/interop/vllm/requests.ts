import { get, post, type WireRequest } from '../differential/wire-request.ts';
import { COMPLETION_REQUESTS } from './completion-requests.ts';
import { CHAT, CHAT_REQUESTS, chat, MODEL } from './chat-requests.ts';
import { STREAM_REQUESTS } from './stream-requests.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];

const PATHS: readonly WireRequest[] = [
  get('/v1/models'),
  get('/v1/models/tiny'),
  get('/health'),
  get('/health?x=1'),
  get('/version'),
  get('/ping'),
  post('/ping', ''),
  get('/load'),
  get('/metrics'),
  get('/metrics/'),
  post('/metrics', ''),
  { method: 'HEAD', path: '/metrics' },
  { method: 'HEAD', path: '/health' },
  { method: 'OPTIONS', path: CHAT },
  { method: 'PUT', path: CHAT, body: {} },
  { method: 'DELETE', path: '/v1/models' },
  { method: 'PATCH', path: '/tokenize', body: {} },
  get(CHAT),
  get('/v1/completions'),
  get('/tokenize'),
  get('/detokenize'),
  get('/nope'),
  get('/v1/nope'),
  get('/'),
  get('//v1/models'),
  get('/v1/models/'),
  post('/nope', {}),
  post('/health', ''),
  post('/version', ''),
  post('/reset_prefix_cache', ''),
  post('/reset_prefix_cache?reset_running_requests=true', ''),
  get('/reset_prefix_cache'),
  get('/kv_event_sources'),
  post('/kv_event_sources', ''),
  get('/v1/chat/completions/render'),
];

/** Routes for servers that only tokenize, off unless a flag says otherwise. */
const RENDER = ['chat/completions', 'completions', 'messages', 'responses'].map((name) =>
  post(`/v1/${name}/render`, chat('hi')),
);

const TOKENIZE: readonly WireRequest[] = [
  { model: MODEL, messages: MESSAGES },
  { messages: MESSAGES },
  { model: MODEL, prompt: 'hi there' },
  { prompt: 'hi there' },
  { model: 'nope', prompt: 'hi' },
  { model: '', prompt: 'hi' },
  { model: null, prompt: 'hi' },
  { model: 7, prompt: 'hi' },
  {},
  { model: MODEL },
  { model: MODEL, prompt: '' },
  { model: MODEL, prompt: ['a'] },
  { model: MODEL, prompt: 7 },
  { model: MODEL, prompt: 'hi', return_token_strs: true },
  { model: MODEL, prompt: 'hi', return_token_strs: 'maybe' },
  { model: MODEL, prompt: 'hi', add_special_tokens: false },
  { model: MODEL, prompt: 'hi', unknown: 1 },
  { model: MODEL, messages: [] },
  { model: MODEL, messages: 'x' },
  { model: MODEL, messages: [{ role: 'banana', content: 'hi' }] },
  { model: MODEL, messages: MESSAGES, prompt: 'hi' },
  { model: MODEL, messages: MESSAGES, add_generation_prompt: false },
  { model: MODEL, messages: MESSAGES, return_token_strs: true },
  { model: MODEL, messages: MESSAGES, continue_final_message: true },
  chat('hi', { stream: true }),
  chat(Array(9_000).fill('word').join(' ')),
  '{bad',
  '',
  '[]',
].map((body) => post('/tokenize', body));

const DETOKENIZE: readonly WireRequest[] = [
  { model: MODEL, tokens: [300, 301] },
  { tokens: [300] },
  { model: MODEL, tokens: [] },
  { model: MODEL },
  { model: 'nope', tokens: [300] },
  { model: MODEL, tokens: 'x' },
  { model: MODEL, tokens: ['x'] },
  { model: MODEL, tokens: [1.5] },
  { model: MODEL, tokens: [-1] },
  '{bad',
].map((body) => post('/detokenize', body));

const typed = (type: string): WireRequest => ({
  ...post(CHAT, chat('typed')),
  headers: { 'content-type': type },
});

/** What no route checks for itself. */
const BODIES: readonly WireRequest[] = [
  typed('text/plain'),
  typed('application/xml'),
  typed('application/json; charset=utf-8'),
  typed('APPLICATION/JSON'),
  { ...post(CHAT, chat('origin')), headers: { origin: 'http://example.test' } },
  ...['/v1/completions', CHAT].flatMap((path) =>
    ['{bad', '{"model": "tiny",}', '{"a":1} x', '', '[]', '"x"', 'null', '7'].map((body) =>
      post(path, body),
    ),
  ),
];

/** Everything the mock engine imitates, to an engine that serves `tiny` with 4,096 tokens of context. */
export const VLLM_REQUESTS: readonly WireRequest[] = [
  ...PATHS,
  ...BODIES,
  ...CHAT_REQUESTS,
  ...STREAM_REQUESTS,
  ...COMPLETION_REQUESTS,
  ...TOKENIZE,
  ...DETOKENIZE,
  ...RENDER,
];

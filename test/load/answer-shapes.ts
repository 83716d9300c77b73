/** What a server sends, and what the sample of it must say. */
export interface Shape {
  name: string;
  status?: number;
  contentType?: string | null;
  /** Pieces of the body. Each is read before the next is sent. */
  pieces: readonly (string | Buffer)[];
  /** How the body ends. `cut`: the connection closes within a chunk. */
  ending?: 'close' | 'chunked' | 'cut' | 'reset';
  failure?: 'http' | 'protocol' | 'empty' | 'reset';
  /** Which piece brings the first token. */
  firstAt?: number;
  outputTokens?: number;
  cachedTokens?: number;
  finishReason?: string;
  /** In the sample's `problem`. */
  problem?: RegExp;
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (delta: object, finish: string | null = null, index = 0): object => ({
  choices: [{ index, delta, finish_reason: finish }],
});
const ROLE = data(chunk({ role: 'assistant', content: '' }));
const A = data(chunk({ content: 'a' }));
const B = data(chunk({ content: 'b' }));
const STOP = data(chunk({}, 'stop'));
const LENGTH = data(chunk({ content: '' }, 'length'));
const usage = (details: object | null = null, tokens = 2): string =>
  data({
    choices: [],
    usage: { prompt_tokens: 9, completion_tokens: tokens, prompt_tokens_details: details },
  });
const DONE = 'data: [DONE]\n\n';
const TOOL = { index: 0, id: 'c1', type: 'function', function: { name: 'look', arguments: '' } };
const whole = (message: object, more: object = {}): string =>
  JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }], ...more });

const FINE: readonly Shape[] = [
  {
    name: 'role chunk, text, usage, [DONE]',
    pieces: [ROLE, A, STOP, usage(), DONE],
    firstAt: 1,
    outputTokens: 2,
    finishReason: 'stop',
  },
  {
    name: 'role and text in one chunk',
    pieces: [data(chunk({ role: 'assistant', content: 'a' })), STOP, DONE],
    firstAt: 0,
  },
  {
    name: 'null content first',
    pieces: [data(chunk({ role: 'assistant', content: null })), A, DONE],
    firstAt: 1,
  },
  {
    name: 'role only, twice',
    pieces: [ROLE, data(chunk({ role: 'assistant' })), A, DONE],
    firstAt: 2,
  },
  {
    name: 'text of a token that decodes later',
    pieces: [ROLE, data(chunk({ content: '' })), A, DONE],
    firstAt: 2,
  },
  { name: 'comments', pieces: [': ping\n\n', ROLE, ':\n', A, DONE], firstAt: 3 },
  { name: 'OpenRouter comment', pieces: [': OPENROUTER PROCESSING\n\n', A, DONE], firstAt: 1 },
  {
    name: 'event ping with data',
    pieces: ['event: ping\ndata: {"type": "ping"}\n\n', A, DONE],
    firstAt: 1,
  },
  {
    name: 'event ping, data no JSON',
    pieces: ['event: ping\ndata: 2026-11-29 10:00\n\n', A, DONE],
    firstAt: 1,
  },
  { name: 'data ping', pieces: ['data: ping\n\n', A, 'data: ping\n\n', DONE], firstAt: 1 },
  { name: 'data "ping" as JSON', pieces: ['data: "ping"\n\n', A, DONE], firstAt: 1 },
  { name: 'data keep-alive', pieces: ['data: keep-alive\n\n', A, DONE], firstAt: 1 },
  { name: 'empty data', pieces: ['data:\n\n', 'data: \n\n', 'data\n\n', A, DONE], firstAt: 3 },
  {
    name: 'event names, ids, retry',
    pieces: ['retry: 10\n\n', `id: 1\nevent: message\n${A}`, `id: 2\n${DONE}`],
    firstAt: 1,
  },
  {
    name: 'CRLF',
    pieces: [ROLE, A, DONE].map((text) => text.replaceAll('\n', '\r\n')),
    firstAt: 1,
  },
  {
    name: 'CR',
    pieces: [`${ROLE}${A}${B}`.replaceAll('\n', '\r'), DONE.replaceAll('\n', '\r')],
    firstAt: 0,
  },
  {
    name: 'a character cut in half',
    pieces: cutInside(data(chunk({ content: 'é' }))).concat(Buffer.from(DONE)),
    firstAt: 1,
  },
  {
    name: 'data on several lines',
    pieces: ['data: {"choices":[{"delta":\ndata: {"content":"a"}}]}\n\n', DONE],
    firstAt: 0,
  },
  {
    name: 'no space behind the colon',
    pieces: [ROLE.replace('data: ', 'data:'), A.replace('data: ', 'data:'), 'data:[DONE]\n\n'],
    firstAt: 1,
  },
  { name: 'byte order mark', pieces: [`\uFEFF${ROLE}`, A, DONE], firstAt: 1 },
  {
    name: 'byte by byte',
    pieces: [...Buffer.from(A + DONE)].map((byte) => Buffer.from([byte])),
    firstAt: A.length - 1,
  },
  { name: 'all at once', pieces: [ROLE + A + B + STOP + DONE], firstAt: 0, finishReason: 'stop' },
  { name: 'chunked', pieces: [ROLE, A, DONE], ending: 'chunked', firstAt: 1 },
  {
    name: 'usage in every chunk',
    pieces: [
      data({ ...chunk({ content: 'a' }), usage: { prompt_tokens: 9, completion_tokens: 1 } }),
      usage(),
      DONE,
    ],
    firstAt: 0,
    outputTokens: 2,
  },
  {
    name: 'first text in choice 1',
    pieces: [ROLE, data(chunk({ content: 'b' }, null, 1)), A, DONE],
    firstAt: 1,
  },
  {
    name: 'two choices in a chunk',
    pieces: [
      data({
        choices: [
          { index: 0, delta: {} },
          { index: 1, delta: { content: 'x' } },
        ],
      }),
      DONE,
    ],
    firstAt: 0,
  },
  {
    name: 'reasoning, then text',
    pieces: [ROLE, data(chunk({ reasoning: 'Hm' })), A, DONE],
    firstAt: 1,
  },
  {
    name: 'only reasoning',
    pieces: [ROLE, data(chunk({ reasoning: 'Hm' })), LENGTH, DONE],
    firstAt: 1,
    finishReason: 'length',
  },
  {
    name: 'reasoning_content',
    pieces: [ROLE, data(chunk({ reasoning_content: 'Hm', content: null })), LENGTH, DONE],
    firstAt: 1,
  },
  {
    name: 'an empty thought first',
    pieces: [
      data(chunk({ role: 'assistant', reasoning: '' })),
      data(chunk({ reasoning: 'Hm' })),
      DONE,
    ],
    firstAt: 1,
  },
  {
    name: 'tool calls',
    pieces: [ROLE, data(chunk({ tool_calls: [TOOL] })), data(chunk({}, 'tool_calls')), DONE],
    firstAt: 1,
    finishReason: 'tool_calls',
  },
  {
    name: 'no tool calls yet',
    pieces: [data(chunk({ role: 'assistant', tool_calls: [] })), A, DONE],
    firstAt: 1,
  },
  {
    name: 'function_call',
    pieces: [ROLE, data(chunk({ function_call: { name: 'look', arguments: '' } })), DONE],
    firstAt: 1,
  },
  { name: 'refusal', pieces: [ROLE, data(chunk({ refusal: 'No' })), DONE], firstAt: 1 },
  {
    name: 'parts',
    pieces: [ROLE, data(chunk({ content: [{ type: 'text', text: 'a' }] })), DONE],
    firstAt: 1,
  },
  {
    name: 'completions',
    pieces: [
      data({ choices: [{ index: 0, text: '' }] }),
      data({ choices: [{ index: 0, text: 'a', finish_reason: 'length' }] }),
      DONE,
    ],
    firstAt: 1,
  },
  {
    name: 'one token that decodes to no text (F8)',
    pieces: [ROLE, LENGTH, usage({ cached_tokens: 768 }, 1), DONE],
    firstAt: 1,
    outputTokens: 1,
    cachedTokens: 768,
    finishReason: 'length',
  },
  {
    name: 'the same without [DONE] and usage',
    pieces: [ROLE, LENGTH],
    firstAt: 1,
    finishReason: 'length',
  },
  {
    name: 'an end of sequence at once',
    pieces: [ROLE, STOP, usage(null, 1), DONE],
    firstAt: 1,
    outputTokens: 1,
  },
  { name: 'tokens only usage knows of', pieces: [ROLE, usage(null, 3), DONE], outputTokens: 3 },
  {
    name: 'no [DONE], but a finish reason',
    pieces: [ROLE, A, STOP],
    firstAt: 1,
    finishReason: 'stop',
  },
  {
    name: 'no [DONE], both choices finished',
    pieces: [A, data(chunk({ content: 'b' }, 'stop', 1)), STOP],
    firstAt: 0,
  },
  { name: '[DONE] without the blank line', pieces: [ROLE, A, 'data: [DONE]'], firstAt: 1 },
  { name: '[DONE] with half a line end', pieces: [ROLE, A, 'data: [DONE]\n'], firstAt: 1 },
  {
    name: 'all there is, without the blank line',
    pieces: [data(chunk({ content: 'a' }, 'stop')).trimEnd()],
    firstAt: 0,
  },
  { name: 'a finish reason without the blank line', pieces: [A, STOP.trimEnd()], firstAt: 0 },
  {
    name: 'error null in every chunk',
    pieces: [data({ ...chunk({ content: 'a' }), error: null }), DONE],
    firstAt: 0,
  },
  {
    name: 'content type in other letters',
    contentType: 'Text/Event-Stream; charset=UTF-8',
    pieces: [ROLE, A, DONE],
    firstAt: 1,
  },
  { name: 'no content type', contentType: null, pieces: [ROLE, A, DONE], firstAt: 1 },
  {
    name: 'a wrong content type',
    contentType: 'application/json',
    pieces: [ROLE, A, DONE],
    firstAt: 1,
  },
  {
    name: 'a comment first, no content type',
    contentType: null,
    pieces: ['\n: hi\n\n', A, DONE],
    firstAt: 1,
  },
  {
    name: 'cached tokens',
    pieces: [A, usage({ cached_tokens: 8 }), DONE],
    firstAt: 0,
    outputTokens: 2,
    cachedTokens: 8,
  },
  {
    name: 'a miss that is said',
    pieces: [A, usage({ cached_tokens: 0 }), DONE],
    firstAt: 0,
    outputTokens: 2,
    cachedTokens: 0,
  },
  {
    name: 'cached tokens null',
    pieces: [A, usage({ cached_tokens: null }), DONE],
    firstAt: 0,
    outputTokens: 2,
  },
  { name: 'details null', pieces: [A, usage(null), DONE], firstAt: 0, outputTokens: 2 },
  {
    name: 'cache_read_input_tokens',
    pieces: [
      A,
      data({ choices: [], usage: { prompt_tokens: 9, cache_read_input_tokens: 8 } }),
      DONE,
    ],
    firstAt: 0,
    cachedTokens: 8,
  },
  {
    name: 'prompt_cache_hit_tokens',
    pieces: [A, data({ choices: [], usage: { prompt_cache_hit_tokens: 8 } }), DONE],
    firstAt: 0,
    cachedTokens: 8,
  },
  {
    name: 'timings of llama.cpp',
    pieces: [A, data({ choices: [], timings: { cache_n: 8 } }), DONE],
    firstAt: 0,
    cachedTokens: 8,
  },
  {
    name: 'a whole document',
    contentType: 'application/json',
    pieces: [
      whole(
        { content: 'a' },
        { usage: { completion_tokens: 2, prompt_tokens_details: { cached_tokens: 8 } } },
      ),
    ],
    outputTokens: 2,
    cachedTokens: 8,
    finishReason: 'stop',
  },
  { name: 'a document called a stream', pieces: [whole({ content: 'a' })], finishReason: 'stop' },
  {
    name: 'a document, no content type',
    contentType: null,
    pieces: ['\n ', whole({ content: 'a' })],
  },
  {
    name: 'a document that only reasons',
    contentType: 'application/json',
    pieces: [whole({ content: null, reasoning: 'Hm' })],
  },
  {
    name: 'a document that calls a tool',
    contentType: 'application/json',
    pieces: [whole({ content: null, tool_calls: [TOOL] })],
  },
  {
    name: 'a document without text, finished',
    contentType: 'application/json',
    pieces: [whole({ content: '' })],
  },
  {
    name: 'a document with error null',
    contentType: 'application/json',
    pieces: [whole({ content: 'a' }, { error: null })],
  },
];

const BROKEN: readonly Shape[] = [
  { name: 'nothing but the role', pieces: [ROLE, DONE], failure: 'empty' },
  {
    name: 'no tokens, and usage says so',
    pieces: [ROLE, STOP, usage(null, 0), DONE],
    failure: 'empty',
  },
  { name: 'only [DONE]', pieces: [DONE], failure: 'empty' },
  {
    name: 'an error event after output',
    pieces: [ROLE, A, data({ error: { message: 'out of\nmemory' } }), DONE],
    failure: 'protocol',
    problem: /^out of memory$/,
  },
  {
    name: 'an error as text',
    pieces: [A, data({ error: 'gone' }), DONE],
    failure: 'protocol',
    problem: /^gone$/,
  },
  {
    name: 'an error beside choices',
    pieces: [A, data({ ...chunk({ content: 'b' }, 'stop'), error: { message: 'late' } }), DONE],
    failure: 'protocol',
    problem: /late/,
  },
  {
    name: 'event: error',
    pieces: [A, 'event: error\ndata: {"message":"gone"}\n\n', DONE],
    failure: 'protocol',
    problem: /gone/,
  },
  {
    name: 'event: error, no JSON',
    pieces: [A, STOP, 'event: error\ndata: gone\n\n'],
    failure: 'protocol',
    problem: /gone/,
  },
  {
    name: 'object error',
    pieces: [A, data({ object: 'error', message: 'gone' }), DONE],
    failure: 'protocol',
    problem: /gone/,
  },
  {
    name: 'an error first',
    pieces: [data({ error: { message: 'no' } }), DONE],
    failure: 'protocol',
    problem: /no/,
  },
  {
    name: 'given up',
    pieces: [A, data(chunk({}, 'abort')), DONE],
    failure: 'protocol',
    problem: /abort/,
  },
  { name: 'no end', pieces: [ROLE, A], failure: 'protocol', problem: /without \[DONE\]/ },
  { name: 'no end but usage', pieces: [ROLE, A, usage()], failure: 'protocol' },
  {
    name: 'one of two choices finished',
    pieces: [A, data(chunk({ content: 'b' }, 'stop', 1))],
    failure: 'protocol',
  },
  {
    name: 'cut within an event',
    pieces: [ROLE, A, 'data: {"choices":[{"del'],
    failure: 'protocol',
  },
  { name: 'no JSON', pieces: [A, 'data: {broken\n\n', DONE], failure: 'protocol' },
  { name: 'nothing at all', pieces: [], failure: 'protocol' },
  {
    name: 'HTML',
    contentType: 'text/html',
    pieces: ['<html>login</html>'],
    failure: 'protocol',
    problem: /login/,
  },
  { name: 'HTML called a stream', pieces: ['<html>login</html>'], failure: 'protocol' },
  {
    name: 'a truncated document',
    contentType: 'application/json',
    pieces: [whole({ content: 'a' }).slice(0, -5)],
    failure: 'protocol',
  },
  {
    name: '200 and an error',
    contentType: 'application/json',
    pieces: ['{"error":{"message":"busy"}}'],
    failure: 'protocol',
    problem: /^busy$/,
  },
  {
    name: 'another document',
    contentType: 'application/json',
    pieces: ['{"object":"list"}'],
    failure: 'protocol',
  },
  {
    name: 'a document without tokens',
    contentType: 'application/json',
    pieces: [whole({ content: '' }, { usage: { completion_tokens: 0 } })],
    failure: 'empty',
  },
  {
    name: 'a status of 404',
    status: 404,
    contentType: 'application/json',
    pieces: ['{"error":{"message":"The model `nope` does not exist."}}'],
    failure: 'http',
    problem: /^The model `nope` does not exist\.$/,
  },
  {
    name: 'a status of 429 as a stream',
    status: 429,
    pieces: [data({ error: { message: 'slow down' } })],
    failure: 'http',
    problem: /slow down/,
  },
  {
    name: 'a status of 502, HTML',
    status: 502,
    contentType: 'text/html',
    pieces: ['<h1>Bad\u0007 Gateway</h1>'],
    failure: 'http',
    problem: /^<h1>Bad Gateway<\/h1>$/,
  },
  {
    name: 'a status of 500, nothing',
    status: 500,
    contentType: null,
    pieces: [],
    failure: 'http',
    problem: /empty body/,
  },
  { name: 'a reset', pieces: [ROLE, A], ending: 'reset', failure: 'reset', problem: /ECONNRESET/ },
  {
    name: 'a connection that closes within a chunk',
    pieces: [ROLE, A, DONE],
    ending: 'cut',
    failure: 'reset',
  },
];

export const SHAPES: readonly Shape[] = [...FINE, ...BROKEN];

function cutInside(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const at = bytes.indexOf(Buffer.from('é')) + 1;
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

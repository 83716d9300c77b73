import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * An engine written apart from the mocks, as small as an engine can be: words are tokens, whole
 * blocks of words are cached, and every habit of a real kind is an option.
 */
export interface EngineHabits {
  model?: string;
  owner?: string;
  root?: string;
  /** Further GET routes that answer with JSON. */
  info?: Readonly<Record<string, unknown>>;
  /** Its metrics page; absent = 404. */
  metrics?: (counts: Counts) => string;
  metricsPath?: string;
  hasTokenizer?: boolean;
  blockTokens?: number;
  /** Longer prompts are refused. */
  contextTokens?: number;
  isCaching?: boolean;
  /** Ranks take turns, each with a cache of its own. */
  ranks?: number;
  /** When usage carries cached tokens. */
  reports?: 'always' | 'hits' | 'never';
  /** The bearer token it wants. */
  apiKey?: string;
  /** Delays the clock of its Date header. */
  servedBy?: string;
  headers?: Readonly<Record<string, string>>;
  /** What every request gets, instead of all this. */
  page?: { status: number; type: string; text: string };
}

export interface Counts {
  requests: number;
  promptTokens: number;
  hits: number;
}

export interface StandInEngine {
  url: string;
  /** Chat requests so far. */
  counts: Counts;
  close(): void;
}

/** Two addresses of one engine share this. */
export interface EngineState {
  counts: Counts;
  caches: Set<string>[];
  turn: number;
}

export function newState(): EngineState {
  return { counts: { requests: 0, promptTokens: 0, hits: 0 }, caches: [], turn: 0 };
}

export async function startEngineStandIn(
  habits: EngineHabits = {},
  state: EngineState = newState(),
): Promise<StandInEngine> {
  const server = createServer((request, response) => void answer(habits, state, request, response));
  return { url: await listening(server), counts: state.counts, close: () => shut(server) };
}

/** One address before several engines, each request to the next: a Kubernetes Service. */
export async function startBalancer(urls: readonly string[]): Promise<StandInEngine> {
  let turn = 0;
  const counts = newState().counts;
  const server = createServer((request, response) => {
    counts.requests++;
    void relay(urls[turn++ % urls.length]!, request, response);
  });
  return { url: await listening(server), counts, close: () => shut(server) };
}

async function relay(url: string, request: IncomingMessage, response: ServerResponse) {
  const body = await text(request);
  const answered = await fetch(url + request.url, {
    method: request.method!,
    headers: { 'content-type': 'application/json' },
    ...(request.method === 'POST' && { body }),
  });
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(await answered.text());
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function shut(server: Server): void {
  server.close();
  server.closeAllConnections();
}

async function answer(
  habits: EngineHabits,
  state: EngineState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await text(request);
  const json = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...habits.headers });
    response.end(JSON.stringify(value));
  };
  if (habits.page) {
    response.writeHead(habits.page.status, { 'content-type': habits.page.type });
    response.end(habits.page.text);
    return;
  }
  if (habits.apiKey && request.headers.authorization !== `Bearer ${habits.apiKey}`) {
    json(401, { error: 'no key' });
    return;
  }
  const { model = 'm', owner = 'somebody', metricsPath = '/metrics' } = habits;
  if (request.url === metricsPath && habits.metrics) {
    response.writeHead(200, { 'content-type': 'text/plain' }).end(habits.metrics(state.counts));
  } else if (request.url === '/v1/models') {
    json(200, { data: [{ id: model, owned_by: owner, root: habits.root ?? model }] });
  } else if (habits.info?.[request.url!] !== undefined) {
    json(200, habits.info[request.url!]);
  } else if (request.url === '/tokenize' && habits.hasTokenizer) {
    const tokens = wordsOf(body).map((word) => word.length);
    json(200, { count: tokens.length, max_model_len: habits.contextTokens ?? 100_000, tokens });
  } else if (request.url === '/v1/chat/completions' && request.method === 'POST') {
    const words = wordsOf(body);
    if (words.length < (habits.contextTokens ?? Infinity))
      json(200, completion(habits, state, words));
    else json(400, { error: 'maximum context length' });
  } else {
    json(404, { detail: 'Not Found' });
  }
}

function wordsOf(body: string): string[] {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  return messages.flatMap(({ content }) => content.split(/\s+/));
}

function completion(habits: EngineHabits, state: EngineState, words: readonly string[]): object {
  const cached = reuse(habits, state, words);
  state.counts.requests++;
  state.counts.promptTokens += words.length;
  state.counts.hits += cached;
  const { reports = 'always' } = habits;
  const isReported = reports === 'always' || (reports === 'hits' && cached > 0);
  return {
    model: habits.model ?? 'm',
    ...(habits.servedBy !== undefined && { served_by: habits.servedBy }),
    choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'length' }],
    usage: {
      prompt_tokens: words.length,
      completion_tokens: 1,
      prompt_tokens_details: isReported ? { cached_tokens: cached } : null,
    },
  };
}

/** Leading whole blocks that this rank has seen; never the last token. */
function reuse(habits: EngineHabits, state: EngineState, words: readonly string[]): number {
  const { blockTokens = 16, isCaching = true, ranks = 1 } = habits;
  if (!isCaching) return 0;
  const cache = (state.caches[state.turn++ % ranks] ??= new Set());
  let cached = 0;
  for (let end = blockTokens; end <= words.length; end += blockTokens) {
    const block = words.slice(0, end).join(' ');
    if (cache.has(block) && end < words.length) cached = end;
    cache.add(block);
  }
  return cached;
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Backends that obey the sample's interface and nothing else: written apart from the mocks and
 * sharing no code with them, so that a gateway or a run cannot lean on how the mocks happen to work.
 */
export interface StandIn {
  url: string;
  /** Kind of each request, in order: `lookup`, `chat`, … */
  seen: string[];
  close(): void;
}

/** One deliberate lie each; every lie breaks exactly one of the five checks. */
export interface Lies {
  /** Counters that stay at zero whatever happens. */
  frozen?: readonly string[];
  /** What the engine calls itself in its answers. */
  servedBy?: string;
}

type Answer = [status: number, body: object];
type Counters = Record<string, number>;

export function startController(lies: Lies = {}, preferred = 'mock-llm-b'): Promise<StandIn> {
  let event = 0;
  const other = preferred === 'mock-llm-b' ? 'mock-llm-a' : 'mock-llm-b';
  const place = (id: string): string => (id === 'mock-llm-a' ? 'ram-a' : 'ram-b');
  const counters: Counters = {
    lookup_calls: 0,
    lookup_success: 0,
    lookup_failure: 0,
    pin_calls: 0,
    compress_calls: 0,
    evict_calls: 0,
  };
  const operate = (operation: string, tokens: readonly number[]): Answer => {
    count(counters, `${operation}_calls`, lies);
    const eventId = `${operation}-${++event}`;
    if (operation !== 'lookup') return [200, { event_id: eventId, num_tokens: tokens.length }];
    count(counters, 'lookup_success', lies);
    const n = Math.max(tokens.length, 1);
    const layout = {
      [preferred]: { '0': place(preferred), '1': n + 3 },
      [other]: { '0': place(other), '1': Math.max(Math.floor(n / 2), 1) },
    };
    return [200, { event_id: eventId, layout_info: layout }];
  };
  return serve(
    { ok: true, component: 'stand-in-controller' },
    counters,
    { preferred_endpoint: preferred },
    (path, body) => {
      const operation = path.slice(1);
      if (!['lookup', 'pin', 'compress', 'evict'].includes(operation)) return undefined;
      const { tokens } = JSON.parse(body) as { tokens: number[] };
      return operate(operation, tokens);
    },
  );
}

export function startEngine(id: string, lies: Lies = {}): Promise<StandIn> {
  let chats = 0;
  const counters: Counters = { tokenize_calls: 0, chat_calls: 0 };
  const chat = (body: string): Answer => {
    count(counters, 'chat_calls', lies);
    const { model } = JSON.parse(body) as { model?: string };
    const name = lies.servedBy ?? id;
    return [
      200,
      {
        id: `chatcmpl-${++chats}`,
        object: 'chat.completion',
        model: model ?? 'mock-model',
        served_by: name,
        choices: [{ index: 0, message: { role: 'assistant', content: `stand-in ${name}` } }],
        usage: { prompt_tokens: 8, completion_tokens: 8, total_tokens: 16 },
      },
    ];
  };
  const tokenize = (): Answer => {
    count(counters, 'tokenize_calls', lies);
    return [200, { count: 3, tokens: [11, 22, 33], max_model_len: 8192 }];
  };
  return serve({ ok: true, engine: id }, counters, { engine_id: id }, (path, body) => {
    if (path === '/tokenize') return tokenize();
    return path === '/v1/chat/completions' ? chat(body) : undefined;
  });
}

function count(counters: Counters, name: string, { frozen = [] }: Lies): void {
  if (!frozen.includes(name)) counters[name] = (counters[name] ?? 0) + 1;
}

async function serve(
  health: object,
  counters: Counters,
  facts: object,
  work: (path: string, body: string) => Answer | undefined,
): Promise<StandIn> {
  const seen: string[] = [];
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const path = new URL(request.url!, 'http://stand-in').pathname;
    const body = await text(request);
    if (path === '/health') return [200, health];
    if (path === '/stats')
      return [200, { ...counters, ...facts, timestamp_unix_milli: Date.now() }];
    if (request.method !== 'POST') return [405, { error: 'method not allowed' }];
    if (path === '/reset') {
      for (const name of Object.keys(counters)) counters[name] = 0;
      return [200, { ok: true }];
    }
    seen.push(path.split('/').at(-1)!);
    return work(path, body) ?? [404, { error: 'not found' }];
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [status, body] = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

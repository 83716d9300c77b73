import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Chance, chanceOf } from './chance.ts';
import type { TruthEngine } from './engine.ts';
import { type RunningServer, bodyOf, pause, send, serve } from './http.ts';
import { CUT, type Exchange, HANG, type Lie, type Reply } from './lie.ts';
import { type Call, type Choice, type Policy, heldBy, random, roundRobin } from './policies.ts';
import { type Routed, TruthLog } from './truth-log.ts';
import { type ChatBody, promptText, tokensOf } from './words.ts';

export interface RouterOptions {
  engines: readonly TruthEngine[];
  policy: Policy;
  seed?: number;
  /** Header in which it says who served; none unless given. */
  namesIn?: string;
  /** Does what `x-kvcache-policy` asks: `random` or `round-robin`. */
  obeysPolicyHeader?: boolean;
  lies?: readonly Lie[];
}

/** A router every choice of which is known. */
export class Router implements RunningServer {
  readonly log = new TruthLog();
  url = '';
  readonly #options: RouterOptions;
  readonly #chance: Chance;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #inFlight: number[];
  readonly #sent: number[];
  readonly #asked: Record<string, Policy> = { random: random(), 'round-robin': roundRobin() };
  #open = 0;
  #server: RunningServer | undefined;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#chance = chanceOf((options.seed ?? 1) + 0x7007);
    this.#inFlight = options.engines.map(() => 0);
    this.#sent = options.engines.map(() => 0);
  }

  async listen(): Promise<void> {
    this.#server = await serve((request, response) => this.#handle(request, response));
    this.url = this.#server.url;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.#server?.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    if (request.method === 'POST' && request.url === '/v1/chat/completions') {
      this.#open++;
      try {
        await this.#route(request, text, response);
      } finally {
        this.#open--;
      }
      return;
    }
    if (request.url === '/metrics') {
      response.writeHead(404).end();
      return;
    }
    const path = request.url ?? '/';
    const answer = await this.#forward(0, path, request.method === 'POST' ? text : undefined);
    response.writeHead(answer.statusCode ?? 502, {
      'content-type': answer.headers['content-type'] ?? 'text/plain',
    });
    answer.pipe(response);
  }

  async #route(request: IncomingMessage, text: string, response: ServerResponse): Promise<void> {
    const { lies = [] } = this.#options;
    const exchange = await this.#decide(request, text);
    const name = this.#nameOf(exchange);
    for (const lie of lies) {
      const made = lie.instead?.(exchange);
      if (made === undefined) continue;
      exchange.routed.answeredBy = 'router';
      if (made !== HANG) writeReply(response, made, name);
      return;
    }
    const waitMs = lies.reduce((sum, lie) => sum + (lie.delayMs?.(exchange) ?? 0), 0);
    if (waitMs > 0) await pause(waitMs);
    const answer = await this.#ask(exchange.routed.engine, exchange.sent);
    response.writeHead(answer.statusCode ?? 502, {
      'content-type': answer.headers['content-type'] ?? 'text/plain',
      ...name,
    });
    await this.#pass(answer, response, exchange);
  }

  async #decide(request: IncomingMessage, text: string): Promise<Exchange> {
    const body = JSON.parse(text) as ChatBody;
    const call: Call = {
      headers: request.headers,
      socket: request.socket,
      text: promptText(body),
      tokens: tokensOf(body),
      nowMs: performance.now(),
    };
    const { engines, lies = [] } = this.#options;
    const rewritten = lies.reduce((it, lie) => lie.rewrite?.(it) ?? it, body);
    const asked = request.headers['x-kvcache-policy'] as string | undefined;
    const obeyed = this.#options.obeysPolicyHeader ? this.#asked[asked ?? ''] : undefined;
    const choice = await this.#choose(obeyed ?? this.#options.policy, call);
    const routed = this.log.add({
      ...choice,
      ...this.#truthOf(rewritten === body ? call.tokens : tokensOf(rewritten)),
      asked,
      answeredBy: 'engine',
    });
    const sent = rewritten === body ? text : JSON.stringify(rewritten);
    return { body, sent, call, routed, engines, open: this.#open, chance: this.#chance };
  }

  /** Of what the engine will get, which need not be what the router looked at. */
  #truthOf(tokens: readonly number[]): Pick<Routed, 'promptTokens' | 'held'> {
    return { promptTokens: tokens.length, held: heldBy({ tokens }, this.#options) };
  }

  async #choose(policy: Policy, call: Call): Promise<Choice> {
    return policy(call, {
      engines: this.#options.engines,
      inFlight: this.#inFlight,
      sent: this.#sent,
      chance: this.#chance,
    });
  }

  #nameOf(exchange: Exchange): Record<string, string> {
    const { namesIn, lies = [], engines } = this.#options;
    if (namesIn === undefined) return {};
    const told = lies.map((lie) => lie.names?.(exchange)).find((it) => it !== undefined);
    return { [namesIn]: told ?? engines[exchange.routed.engine]!.id };
  }

  /** One answer, however many requests it takes. */
  async #ask(engine: number, body: string): Promise<IncomingMessage> {
    const path = '/v1/chat/completions';
    const copies = this.#options.lies?.map((lie) => lie.copies).find((it) => it !== undefined);
    if (copies === 'again') await bodyOf(await this.#forward(engine, path, body));
    if (copies !== 'race') return this.#forward(engine, path, body);
    const other = (engine + 1) % this.#options.engines.length;
    const both = [this.#forward(engine, path, body), this.#forward(other, path, body)];
    const winner = await Promise.race(both);
    for (const late of both) void late.then((answer) => answer !== winner && answer.resume());
    return winner;
  }

  async #forward(engine: number, path: string, body?: string): Promise<IncomingMessage> {
    this.#inFlight[engine]!++;
    this.#sent[engine]!++;
    const outgoing = { agent: this.#agent, ...(body !== undefined && { body }) };
    const answer = await send(`${this.#options.engines[engine]!.url}${path}`, outgoing);
    answer.once('close', () => this.#inFlight[engine]!--);
    return answer;
  }

  /** Hands the answer on, event by event where a lie wants to see them. */
  async #pass(
    answer: IncomingMessage,
    response: ServerResponse,
    exchange: Exchange,
  ): Promise<void> {
    const { lies = [] } = this.#options;
    const contentType = answer.headers['content-type'] ?? '';
    if (!lies.some((lie) => lie.event !== undefined || lie.hear !== undefined)) {
      answer.pipe(response);
      return;
    }
    const text = await bodyOf(answer);
    for (const lie of lies) lie.hear?.(exchange, { status: 200, contentType, text });
    const isStream = contentType.startsWith('text/event-stream');
    const events = isStream ? text.split('\n\n').filter((it) => it !== '') : [text];
    for (const [index, event] of events.entries()) {
      const told = toldBy(lies, event, { exchange, index });
      if (told === CUT) {
        // Hand over what was written before the connection breaks.
        response.write('\n', () => response.destroy());
        return;
      }
      if (told !== null) response.write(isStream ? `${told}\n\n` : told);
    }
    response.end();
  }
}

export async function startRouter(options: RouterOptions): Promise<Router> {
  const router = new Router(options);
  await router.listen();
  return router;
}

function toldBy(
  lies: readonly Lie[],
  event: string,
  { exchange, index }: { exchange: Exchange; index: number },
): string | null | typeof CUT {
  let told: string | null | typeof CUT = event;
  for (const lie of lies) {
    if (typeof told !== 'string') return told;
    if (lie.event) told = lie.event(told, exchange, index);
  }
  return told;
}

function writeReply(response: ServerResponse, reply: Reply, name: Record<string, string>): void {
  response.writeHead(reply.status, { 'content-type': reply.contentType, ...name });
  response.end(reply.text);
}

import { eventsOf } from './answers.ts';
import { indexOf } from './chance.ts';
import { DIALECTS } from './dialects.ts';
import { CUT, type Exchange, HANG, type Lie, type Reply } from './lie.ts';
import { isHeld } from './truth-log.ts';
import type { ChatBody } from './words.ts';

/** Names the engine that holds the prompt, whoever serves it. */
export function namesTheHolder(): Lie {
  return { names: (exchange) => exchange.engines[holderOf(exchange)]!.id };
}

/** Names any of these, whoever serves. */
export function namesAnyOf(ids: readonly string[]): Lie {
  return { names: ({ chance }) => ids[indexOf(chance, ids.length)]! };
}

/** Reports as cached what the holder has, whoever serves. */
export function reportsPrediction(): Lie {
  return {
    event: (event, { routed }) =>
      withUsage(event, (usage) => ({
        ...usage,
        prompt_tokens_details: { cached_tokens: Math.max(...routed.held) },
      })),
  };
}

/** Takes what was cached out of every answer. */
export function hidesCachedTokens(): Lie {
  return {
    event: (event) => withUsage(event, (usage) => ({ ...usage, prompt_tokens_details: null })),
  };
}

/** Which requests a lie strikes. */
export type When = (exchange: Exchange) => boolean;
export const always: When = () => true;
/** The prompt is held by the engine it goes to. */
export const onHits: When = ({ routed }) => isHeld(routed, routed.engine);
/** Some engine holds the prompt, but it goes to another. */
export const onMisrouted: When = (exchange) => {
  const { routed } = exchange;
  return isHeld(routed, holderOf(exchange)) && !isHeld(routed, routed.engine);
};
/** Some engine holds the prompt: what a gateway routes rather than balances. */
export const onKnown: When = (exchange) => isHeld(exchange.routed, holderOf(exchange));
export function sometimes(share: number): When {
  return ({ chance }) => chance() < share;
}

/** Makes up an answer that looks like the engine's, and asks nobody. */
export function fabricates(when: When): Lie {
  return { instead: (exchange) => (when(exchange) ? madeUp(exchange) : undefined) };
}

/** Keeps whole answers by whole requests. */
export function cachesResponses(): Lie {
  const known = new Map<string, Reply>();
  return {
    instead: ({ body }) => known.get(JSON.stringify(body)),
    hear: ({ body }, reply) => void known.set(JSON.stringify(body), reply),
  };
}

/** Puts a system prompt of its own before every conversation. */
export function addsSystemPrompt(words = 40): Lie {
  const content = Array.from({ length: words }, (_, index) => `rule${index}`).join(' ');
  return { rewrite: (body) => withMessages(body, (all) => [{ role: 'system', content }, ...all]) };
}

/** Puts the time before every prompt: nothing begins like anything any more. */
export function stampsPrompts(): Lie {
  let stamp = 0;
  return { rewrite: (body) => withContents(body, (text) => `at-${stamp++} ${text}`) };
}

/** Leaves out every tenth word, always the same. */
export function shortensPrompts(): Lie {
  const shorten = (text: string): string =>
    text
      .split(' ')
      .filter((_, index) => index % 10 !== 9)
      .join(' ');
  return { rewrite: (body) => withContents(body, shorten) };
}

/** After its first token a stream says that something went wrong, and ends as if it were whole. */
export function breaksStreams(when: When): Lie {
  const struck = new WeakSet<Exchange>();
  return {
    event(event, exchange, index) {
      if (!isEvent(event)) return event;
      if (index === 0 && when(exchange)) struck.add(exchange);
      if (!struck.has(exchange) || index < 2) return event;
      const error = { message: 'Internal server error', type: 'InternalServerError', code: 500 };
      return index === 2 ? `data: ${JSON.stringify({ error })}` : null;
    },
  };
}

/** Streams end after so many tokens: the connection closes in good order, with nothing more said. */
export function endsStreams(afterTokens: number, when: When = always): Lie {
  const struck = new WeakSet<Exchange>();
  return {
    event(event, exchange, index) {
      if (index === 0 && when(exchange)) struck.add(exchange);
      return isEvent(event) && struck.has(exchange) && index > afterTokens ? null : event;
    },
  };
}

/** Streams break after so many tokens: the connection is reset. */
export function cutsStreams(afterTokens: number, when: When = always): Lie {
  const struck = new WeakSet<Exchange>();
  return {
    event(event, exchange, index) {
      if (index === 0 && when(exchange)) struck.add(exchange);
      return isEvent(event) && struck.has(exchange) && index > afterTokens ? CUT : event;
    },
  };
}

export function omitsDone(): Lie {
  return { event: (event) => (event === 'data: [DONE]' ? null : event) };
}

/** Answers with this status and an error. */
export function refuses(when: When, status: number): Lie {
  return { instead: (exchange) => (when(exchange) ? errorReply(status) : undefined) };
}

/** HTTP 429 while more than so many requests are open. */
export function limitsInFlight(most: number): Lie {
  return refuses(({ open }) => open > most, 429);
}

/** Never answers. */
export function hangs(when: When): Lie {
  return { instead: (exchange) => (when(exchange) ? HANG : undefined) };
}

export function delays(when: When, ms: number): Lie {
  return { delayMs: (exchange) => (when(exchange) ? ms : 0) };
}

/** Sends every request twice to the engine and hands on the second answer. */
export function retries(): Lie {
  return { copies: 'again' };
}

/** Sends every request to two engines and hands on the answer that comes first. */
export function hedges(): Lie {
  return { copies: 'race' };
}

function holderOf({ routed }: Pick<Exchange, 'routed'>): number {
  return routed.held.indexOf(Math.max(...routed.held));
}

function madeUp({ body, routed }: Exchange): Reply {
  const text = eventsOf({
    id: 'chatcmpl-0',
    model: body.model ?? '',
    dialect: DIALECTS['vllm-0.25'],
    promptTokens: routed.promptTokens,
    cachedTokens: Math.max(...routed.held),
    outputTokens: body.max_completion_tokens ?? body.max_tokens ?? 16,
    finishReason: 'length',
    output: 'text',
    isStream: true,
    includesUsage: true,
  }).join('');
  return { status: 200, contentType: 'text/event-stream; charset=utf-8', text };
}

function errorReply(status: number): Reply {
  const error = { message: 'Refused by the gateway.', type: 'GatewayError', code: status };
  return { status, contentType: 'application/json', text: JSON.stringify({ error }) };
}

function isEvent(text: string): boolean {
  return text.startsWith('data:');
}

/** The event or JSON answer with its usage changed; as it is when it has none. */
function withUsage(event: string, change: (usage: object) => object): string {
  const lead = isEvent(event) ? 'data: ' : '';
  const json = event.slice(lead.length);
  if (!json.includes('"usage":{')) return event;
  const parsed = JSON.parse(json) as { usage: object };
  return `${lead}${JSON.stringify({ ...parsed, usage: change(parsed.usage) })}`;
}

type Messages = NonNullable<ChatBody['messages']>;

function withMessages(body: ChatBody, change: (all: Messages) => Messages): ChatBody {
  return body.messages === undefined ? body : { ...body, messages: change(body.messages) };
}

function withContents(body: ChatBody, change: (text: string) => string): ChatBody {
  return withMessages(body, (all) =>
    all.map((it) => ({ ...it, content: change(it.content ?? '') })),
  );
}

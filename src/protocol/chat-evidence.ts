import { CACHED_TOKENS_HEADER, ENDPOINT_HEADER, REASON_HEADER } from './headers.ts';

/** Who served a chat request, and who says so. */
export interface ServedBy {
  endpoint: string;
  source: 'body served_by' | `header ${string}`;
}

/** What a chat answer tells about caching; undefined where it does not say. Unknown is not zero. */
export interface ChatUsage {
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  /** vLLM's `usage.prompt_tokens_details.cached_tokens`. */
  cachedTokens: number | undefined;
}

/** What our gateway says of its own choice; undefined from any other. */
export interface RoutingNote {
  reason: string | undefined;
  /** Cached tokens the controller promised, not those the engine used. */
  predictedCachedTokens: number | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** In order of trust after the body: our gateway's header, then the pod header of llm-d and its simulator. */
const SERVED_BY_HEADERS = [ENDPOINT_HEADER, 'x-inference-pod'] as const;

/** The headers that {@link servedByOf} reads. */
export type ServedByHeaders = Record<(typeof SERVED_BY_HEADERS)[number], string | undefined>;

export function servedByHeaders(head: { get(name: string): string | undefined }): ServedByHeaders {
  const [gateway, pod] = SERVED_BY_HEADERS;
  return { [gateway]: head.get(gateway), [pod]: head.get(pod) };
}

/** @param body the decoded JSON answer, or any chunk of a stream */
export function servedByOf(body: unknown, headers: Headers): ServedBy | undefined {
  const named = textOf(memberOf(body, 'served_by'));
  if (named !== undefined) return { endpoint: named, source: 'body served_by' };
  for (const name of SERVED_BY_HEADERS) {
    const endpoint = headerOf(headers, name);
    if (endpoint !== undefined) return { endpoint, source: `header ${name}` };
  }
  return undefined;
}

export function routingNoteOf(headers: Headers): RoutingNote {
  const predicted = headerOf(headers, CACHED_TOKENS_HEADER);
  return {
    reason: headerOf(headers, REASON_HEADER),
    predictedCachedTokens: predicted === undefined ? undefined : countOf(Number(predicted)),
  };
}

/** @param body the decoded JSON answer, or the chunk of a stream that carries `usage` */
export function usageOf(body: unknown): ChatUsage {
  const usage = memberOf(body, 'usage');
  return {
    promptTokens: countOf(memberOf(usage, 'prompt_tokens')),
    completionTokens: countOf(memberOf(usage, 'completion_tokens')),
    cachedTokens: countOf(memberOf(memberOf(usage, 'prompt_tokens_details'), 'cached_tokens')),
  };
}

/** Text the model wrote: `message.content` of an answer, `delta.content` of a chunk, `text` of a completion. */
export function contentOf(body: unknown): string {
  const choices = memberOf(body, 'choices');
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const holder = memberOf(choice, 'message') ?? memberOf(choice, 'delta');
  const content = memberOf(holder, 'content') ?? memberOf(choice, 'text');
  return typeof content === 'string' ? content : '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return textOf(Array.isArray(value) ? value[0] : value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

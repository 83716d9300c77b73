import { CACHED_TOKENS_HEADER, ENDPOINT_HEADER, lowerCaseName, REASON_HEADER } from './headers.ts';

/** Who served a chat request, and who says so. */
export interface ServedBy {
  endpoint: string;
  source: 'body served_by' | `header ${string}`;
}

/** What a chat answer tells about caching; undefined where it does not say. Unknown is not zero. */
export interface ChatUsage {
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  /** Prompt tokens that came from a cache, under whichever name; see {@link usageOf}. */
  cachedTokens: number | undefined;
}

/** What the head of an answer tells. */
export interface HeadFacts {
  contentType: string | undefined;
  servedBy: ServedBy | undefined;
  /** Our gateway's; undefined from any other. */
  reason: string | undefined;
  /** Cached tokens our gateway expected, not those the engine used. */
  predictedTokens: number | undefined;
}

/**
 * Response headers that name who served, most trusted first. Our gateway's; what a gateway with an
 * endpoint picker reached, where it lets that through (Gateway API inference extension, proposal 004);
 * the upstream of LiteLLM's proxy (docs: proxy/response_headers); SMG's worker, seen with 1.13.0; the pod AIBrix' gateway chose (test/e2e
 * of vllm-project/aibrix); last what llm-d's inference simulator says of itself (POD_NAME in its README).
 */
const SERVED_BY_HEADERS = [
  ENDPOINT_HEADER,
  'x-gateway-destination-endpoint-served',
  'x-litellm-model-api-base',
  'x-smg-routed-worker-id',
  'target-pod',
  'x-inference-pod',
] as const;

/**
 * @param rawHeaders flat pairs as received
 * @param further names, lower case, that beat the known ones
 */
export function headFactsOf(
  rawHeaders: readonly string[],
  further: readonly string[] = [],
): HeadFacts {
  const facts: HeadFacts = {
    contentType: undefined,
    servedBy: undefined,
    reason: undefined,
    predictedTokens: undefined,
  };
  let bestRank = Infinity;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = lowerCaseName(rawHeaders[index]!);
    const value = rawHeaders[index + 1]!;
    if (name === 'content-type') facts.contentType ??= value.toLowerCase();
    else if (name === REASON_HEADER) facts.reason ??= textOf(value);
    else if (name === CACHED_TOKENS_HEADER) facts.predictedTokens ??= countIn(value);
    const rank = rankOf(name, further);
    if (rank >= bestRank || value === '') continue;
    bestRank = rank;
    facts.servedBy = { endpoint: endpointIn(value), source: `header ${name}` };
  }
  return facts;
}

/** Lower is more trusted; Infinity for a header that names nobody. */
function rankOf(name: string, further: readonly string[]): number {
  const given = further.indexOf(name);
  if (given !== -1) return given;
  const known = SERVED_BY_HEADERS.indexOf(name as never);
  return known === -1 ? Infinity : further.length + known;
}

/** A gateway may give the whole base URL of an engine. */
function endpointIn(value: string): string {
  return /^https?:/.test(value) && URL.canParse(value) ? new URL(value).host : value;
}

/** @param body the decoded JSON answer, or any chunk of a stream */
export function servedByOf(body: unknown): string | undefined {
  return textOf(memberOf(body, 'served_by'));
}

/**
 * @param body the decoded JSON answer, or any chunk of a stream
 *
 * Cached tokens: `prompt_tokens_details.cached_tokens` (OpenAI, vLLM, SGLang), `cached_tokens`
 * (Moonshot), `cache_read_input_tokens` (Anthropic, LiteLLM), `prompt_cache_hit_tokens` (DeepSeek) of
 * `usage`, `timings.cache_n` (llama.cpp's server). Null is what an engine says that does not count.
 */
export function usageOf(body: unknown): ChatUsage {
  const usage = memberOf(body, 'usage');
  return {
    promptTokens: countOf(memberOf(usage, 'prompt_tokens')),
    completionTokens: countOf(memberOf(usage, 'completion_tokens')),
    cachedTokens:
      countOf(memberOf(memberOf(usage, 'prompt_tokens_details'), 'cached_tokens')) ??
      countOf(memberOf(usage, 'cached_tokens')) ??
      countOf(memberOf(usage, 'cache_read_input_tokens')) ??
      countOf(memberOf(usage, 'prompt_cache_hit_tokens')) ??
      countOf(memberOf(memberOf(body, 'timings'), 'cache_n')),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function countIn(text: string): number | undefined {
  return text === '' ? undefined : countOf(Number(text));
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

import { readOrigin } from '../base/origin.ts';
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

const KNOWN_RANKS: ReadonlyMap<string, number> = new Map(
  SERVED_BY_HEADERS.map((name, rank) => [name, rank]),
);

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
    if (rank === undefined || rank >= bestRank || value === '') continue;
    bestRank = rank;
    facts.servedBy = { endpoint: endpointIn(value), source: `header ${name}` };
  }
  return facts;
}

/** Lower is more trusted; undefined for a header that names nobody. */
function rankOf(name: string, further: readonly string[]): number | undefined {
  const given = further.length === 0 ? -1 : further.indexOf(name);
  // The given ones stand below 0, in their order.
  return given === -1 ? KNOWN_RANKS.get(name) : given - further.length;
}

/** A gateway may give the whole base URL of an engine. */
function endpointIn(value: string): string {
  return readOrigin(value)?.address ?? value;
}

/** What a body of the API may hold besides its choices. */
interface Evidence {
  served_by?: unknown;
  usage?: Usage | null;
  timings?: { cache_n?: unknown } | null;
}

interface Usage {
  prompt_tokens?: unknown;
  completion_tokens?: unknown;
  prompt_tokens_details?: { cached_tokens?: unknown } | null;
  cached_tokens?: unknown;
  cache_read_input_tokens?: unknown;
  prompt_cache_hit_tokens?: unknown;
}

/** @param body the decoded JSON answer, or any chunk of a stream */
export function servedByOf(body: unknown): string | undefined {
  return textOf((body as Evidence | null | undefined)?.served_by);
}

const NO_USAGE: ChatUsage = {
  promptTokens: undefined,
  completionTokens: undefined,
  cachedTokens: undefined,
};

/** @param body the decoded JSON answer, or any chunk of a stream */
export function usageOf(body: unknown): ChatUsage {
  const { usage, timings } = (body ?? NO_USAGE) as Evidence;
  // Most chunks of a stream say nothing.
  if (!usage && !timings) return NO_USAGE;
  return {
    promptTokens: countOf(usage?.prompt_tokens),
    completionTokens: countOf(usage?.completion_tokens),
    cachedTokens: cachedTokensOf(usage ?? {}) ?? countOf(timings?.cache_n),
  };
}

/**
 * `prompt_tokens_details.cached_tokens` (OpenAI, vLLM, SGLang), `cached_tokens` (Moonshot),
 * `cache_read_input_tokens` (Anthropic, LiteLLM), `prompt_cache_hit_tokens` (DeepSeek); `timings.cache_n`
 * is that of llama.cpp's server. Null is what an engine says that does not count.
 */
function cachedTokensOf(usage: Usage): number | undefined {
  return (
    countOf(usage.prompt_tokens_details?.cached_tokens) ??
    countOf(usage.cached_tokens) ??
    countOf(usage.cache_read_input_tokens) ??
    countOf(usage.prompt_cache_hit_tokens)
  );
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

/** vLLM reuses whole blocks; 16 tokens unless told otherwise (`vllm:cache_config_info{block_size}`). */
export const VLLM_BLOCK_TOKENS = 16;
/** The LMCache controller indexes whole chunks; its size is fixed in the controller's code. */
export const LMCACHE_CHUNK_TOKENS = 256;
/** Two whole chunks and one token more, because the last token is never served from cache. */
export const PROMPT_TOKENS_MIN = 2 * LMCACHE_CHUNK_TOKENS + 1;

/**
 * Leading tokens of a prompt that vLLM's prefix cache can serve: whole blocks of the shared part,
 * and never the last token, which must be computed to get a next one.
 * Source: vLLM docs/design/prefix_caching.md.
 */
export function reusableTokens(
  sharedTokens: number,
  promptTokens: number,
  blockTokens = VLLM_BLOCK_TOKENS,
): number {
  const usable = Math.min(sharedTokens, promptTokens - 1);
  return Math.max(0, Math.floor(usable / blockTokens) * blockTokens);
}

/** Tokens of the shared part that the controller can list. */
export function indexableTokens(sharedTokens: number, chunkTokens = LMCACHE_CHUNK_TOKENS): number {
  return Math.floor(sharedTokens / chunkTokens) * chunkTokens;
}

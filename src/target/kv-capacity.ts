import { KvcacheError } from '../base/errors.ts';
import { callHttp } from '../net/http-client.ts';
import { parseMetrics } from '../protocol/prometheus.ts';
import { VLLM_BLOCK_TOKENS } from './alignment.ts';

export interface KvCapacity {
  blockTokens: number;
  /** Of the smallest engine; null when none says. */
  tokens: number | null;
}

/** Block size and size of the KV cache as engines export it (`vllm:cache_config_info`). */
export async function kvCapacity(
  { engines, timeoutMs }: { engines: readonly { url: string }[]; timeoutMs: number },
  signal?: AbortSignal,
): Promise<KvCapacity> {
  const found = await Promise.all(
    engines.map(async ({ url }) => cacheConfig(`${url}/metrics`, timeoutMs, signal)),
  );
  const known = found.filter((it) => it !== undefined);
  return {
    blockTokens: Math.max(VLLM_BLOCK_TOKENS, ...known.map((it) => it.blockTokens)),
    tokens: known.length === 0 ? null : Math.min(...known.map((it) => it.blockTokens * it.blocks)),
  };
}

async function cacheConfig(
  url: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<{ blockTokens: number; blocks: number } | undefined> {
  try {
    const { status, text } = await callHttp({ url, timeoutMs, signal });
    if (status !== 200) return undefined;
    const family = parseMetrics(text).find(({ name }) => name === 'vllm:cache_config_info');
    const labels = family?.samples[0]?.labels;
    const [blockTokens, blocks] = [
      Number(labels?.['block_size']),
      Number(labels?.['num_gpu_blocks']),
    ];
    return blockTokens > 0 && blocks > 0 ? { blockTokens, blocks } : undefined;
  } catch (error) {
    if (error instanceof KvcacheError && error.kind === 'target') return undefined;
    throw error;
  }
}

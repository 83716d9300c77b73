import type { Labels } from '../../../src/protocol/metric-family.ts';
import type { MetricFamily } from '../../../src/protocol/prometheus.ts';
import type { EngineCore } from '../core/engine-core.ts';
import { gauge } from './metric-families.ts';
import type { EngineSettings } from './settings.ts';

/** The labels newer versions add, with the values of a server that was told nothing. */
const DEFAULTS: Labels = {
  _block_size_resolved: 'True',
  cache_dtype: 'auto',
  cache_hit_alignment_tokens: 'None',
  enable_mamba_shared_prefix_checkpoint: 'False',
  gpu_memory_utilization: '0.92',
  hash_block_size: 'None',
  is_attention_free: 'False',
  kv_cache_dtype_skip_layers: '[]',
  kv_cache_layout: 'None',
  kv_cache_memory_bytes: 'None',
  kv_offloading_backend: 'native',
  kv_offloading_size: 'None',
  kv_sharing_fast_prefill: 'False',
  mamba_block_size: 'None',
  mamba_cache_dtype: 'auto',
  mamba_cache_mode: 'none',
  mamba_page_size_padded: 'None',
  mamba_ssm_cache_dtype: 'auto',
  num_cpu_blocks: 'None',
  num_gpu_blocks_override: 'None',
  prefix_cache_retention_interval: '0',
  prefix_caching_hash_algo: 'sha256',
  prefix_match_unit: 'None',
  replayssm_buffer_len: '16',
  skip_page_size_padded: 'None',
  sliding_window: 'None',
  swa_bounded_replay: 'True',
  use_kda_recoverssm: 'False',
  use_replayssm: 'False',
  user_specified_block_size: 'False',
};

/** vLLM's `CacheConfig` as labels. */
export function cacheConfig(
  { profile, stores }: EngineCore,
  settings: EngineSettings,
): MetricFamily {
  const { blockSize, blocks, maxModelLen } = profile;
  const known = {
    block_size: String(blockSize),
    enable_prefix_caching: stores.device.isOff ? 'False' : 'True',
    engine: '0',
    num_gpu_blocks: String(blocks),
  };
  const tokens = blockSize * blocks;
  const detailed = {
    ...DEFAULTS,
    effective_attention_block_size: String(blockSize),
    kv_cache_max_concurrency: String(tokens / maxModelLen),
    kv_cache_size_tokens: String(tokens),
  };
  const labels = settings.dialect.metrics.isDetailed ? { ...detailed, ...known } : known;
  return gauge('vllm:cache_config_info', 'Configuration of the KV cache.', labels, 1);
}

import { describe, expect, it } from 'vitest';
import { readEngineLoad } from '../../src/protocol/engine-load.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';

const read = (...lines: string[]) => readEngineLoad(parseMetrics(lines.join('\n')));

describe('the load of an engine', () => {
  it("is read from vLLM's gauges", () => {
    const load = read(
      'vllm:num_requests_running{engine="0",model_name="m"} 6.0',
      'vllm:num_requests_waiting{engine="0",model_name="m"} 2.0',
      'vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.42',
    );
    expect(load).toEqual({ load: 0.25, memory: 0.42 });
  });

  it("is read from SGLang's, and from vLLM's old name", () => {
    expect(
      read('sglang:num_running_reqs 3', 'sglang:num_queue_reqs 0', 'sglang:token_usage 0.5'),
    ).toEqual({ load: 0, memory: 0.5 });
    expect(read('vllm:gpu_cache_usage_perc 0.9').memory).toBe(0.9);
  });

  it('takes the fullest cache of several ranks and all their requests', () => {
    const load = read(
      'vllm:num_requests_running{engine="0"} 1',
      'vllm:num_requests_running{engine="1"} 1',
      'vllm:num_requests_waiting{engine="0"} 0',
      'vllm:num_requests_waiting{engine="1"} 2',
      'vllm:kv_cache_usage_perc{engine="0"} 0.1',
      'vllm:kv_cache_usage_perc{engine="1"} 0.8',
    );
    expect(load).toEqual({ load: 0.5, memory: 0.8 });
  });

  it('is unknown, not zero, where nothing is said', () => {
    expect(read('up 1')).toEqual({ load: undefined, memory: undefined });
  });
});

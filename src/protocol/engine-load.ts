import type { MetricFamily } from './prometheus.ts';

/** How busy an engine is, by its own metrics; undefined = it does not say. Ratios 0..1. */
export interface EngineLoad {
  /** Share of its requests that wait instead of running. */
  load: number | undefined;
  /** Share of its KV cache in use. */
  memory: number | undefined;
}

const RUNNING = ['vllm:num_requests_running', 'sglang:num_running_reqs'];
const WAITING = ['vllm:num_requests_waiting', 'sglang:num_queue_reqs'];
/** vLLM renamed its gauge with the V1 engine and exported both names for a while. */
const CACHE_USE = ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc', 'sglang:token_usage'];

/** Reads vLLM's and SGLang's gauges; several data-parallel ranks add up, of caches the fullest counts. */
export function readEngineLoad(families: readonly MetricFamily[]): EngineLoad {
  const valuesOf = (names: readonly string[]): number[] => {
    const family = names.map((name) => families.find((it) => it.name === name)).find((it) => it);
    return family?.samples.map(({ value }) => value).filter(Number.isFinite) ?? [];
  };
  const [running, waiting] = [valuesOf(RUNNING), valuesOf(WAITING)];
  const cacheUse = valuesOf(CACHE_USE);
  return {
    load:
      running.length === 0 || waiting.length === 0 ? undefined : share(sum(waiting), sum(running)),
    memory: cacheUse.length === 0 ? undefined : Math.max(...cacheUse),
  };
}

function share(part: number, rest: number): number {
  return part === 0 ? 0 : part / (part + rest);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

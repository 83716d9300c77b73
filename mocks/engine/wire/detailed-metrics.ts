import { Histogram, type Labels } from '../../../src/protocol/metric-family.ts';
import type { MetricFamily } from '../../../src/protocol/prometheus.ts';
import type { EngineCore } from '../core/engine-core.ts';
import type { RequestResult } from '../core/request.ts';
import { TOKEN_BUCKETS_S } from './metric-buckets.ts';
import { counter, counterBy, gaugeBy, histogram } from './metric-families.ts';

/**
 * What newer versions tell beside what all do.
 * @param refusals requests that a full queue turned away
 */
export function detailedFamilies(
  engine: EngineCore,
  ...[labels, refusals]: [labels: Labels, refusals: number]
): MetricFamily[] {
  const { engine: _index, ...ofModel } = labels;
  const { counters: count } = engine;
  const { prefixHits, tierHits } = count;
  const cached = prefixHits + tierHits;
  // Hits count when a prompt is scheduled, its tokens when they are computed.
  const computed = Math.max(0, count.promptTokens - cached);
  return [
    gaugeBy('vllm:num_requests_waiting_by_reason', ['reason', labels], {
      capacity: count.waiting,
      deferred: 0,
    }),
    gaugeBy('vllm:engine_sleep_state', ['sleep_state', labels], {
      awake: 1,
      weights_offloaded: 0,
      discard_all: 0,
    }),
    counterBy('vllm:prompt_tokens_by_source', ['source', labels], {
      local_compute: computed,
      local_cache_hit: prefixHits,
      external_kv_transfer: tierHits,
    }),
    counter('vllm:prompt_tokens_cached', 'Prompt tokens found.', labels, cached),
    counterBy('vllm:prompt_tokens_cached_by_source', ['source', labels], {
      device: prefixHits,
      host: 0,
      p2p: 0,
      disk: 0,
      // A connector such as LMCache's does not say where it had them.
      external_unspecified: tierHits,
    }),
    counterBy('vllm:admission_rejections', ['reason', ofModel], {
      max_num_queued_reqs: refusals,
      max_num_queued_tokens: 0,
    }),
    counter('vllm:mm_cache_queries', 'Images and the like looked up.', labels, 0),
    counter('vllm:mm_cache_hits', 'Images and the like found.', labels, 0),
  ];
}

const CHOICE_BUCKETS: readonly number[] = [1, 2, 5, 10, 20];
const PREEMPTION_BUCKETS: readonly number[] = [1, 2, 3, 4, 5, 10, 20];

/** What is known of a request when it has ended. */
export interface EndedRequest {
  result: RequestResult;
  /** Answers asked for to its prompt. */
  choices: number;
  /** Tokens of output asked for, as far as the model's length left them. */
  maxTokens: number;
}

/** What requests were like, by the time they ended. */
export class RequestHistograms {
  readonly #prompt: Histogram;
  readonly #output: Histogram;
  readonly #maxTokens: Histogram;
  readonly #computed: Histogram;
  readonly #choices = new Histogram(CHOICE_BUCKETS);
  readonly #preemptions = new Histogram(PREEMPTION_BUCKETS);
  readonly #perToken = new Histogram(TOKEN_BUCKETS_S);

  constructor(maxModelLen: number) {
    const edges = tokenBuckets(maxModelLen);
    this.#prompt = new Histogram(edges);
    this.#output = new Histogram(edges);
    this.#maxTokens = new Histogram(edges);
    this.#computed = new Histogram(edges);
  }

  observe({ result, choices, maxTokens }: EndedRequest): void {
    const { promptTokens, cachedTokens, outputTokens, decodeMs } = result;
    this.#prompt.observe(promptTokens);
    this.#output.observe(outputTokens);
    this.#maxTokens.observe(maxTokens);
    this.#computed.observe(promptTokens - cachedTokens);
    this.#choices.observe(choices);
    this.#preemptions.observe(result.preemptions);
    if (outputTokens > 1) this.#perToken.observe((decodeMs ?? 0) / 1_000 / (outputTokens - 1));
  }

  families(labels: Labels): MetricFamily[] {
    const of = (series: Histogram, name: string, help: string): MetricFamily =>
      histogram(`vllm:${name}`, help, labels, series);
    return [
      of(this.#prompt, 'request_prompt_tokens', 'Prompt tokens.'),
      of(this.#output, 'request_generation_tokens', 'Tokens generated.'),
      // As each choice is a request here, the largest of one is its own.
      of(this.#output, 'request_max_num_generation_tokens', 'Most tokens of an answer.'),
      of(this.#choices, 'request_params_n', 'Answers asked for.'),
      of(this.#maxTokens, 'request_params_max_tokens', 'Tokens asked for at most.'),
      of(this.#perToken, 'request_time_per_output_token_seconds', 'Time per token.'),
      of(this.#preemptions, 'request_num_preemptions', 'Preemptions of a request.'),
      of(this.#computed, 'request_prefill_kv_computed_tokens', 'Prompt tokens not found.'),
    ];
  }
}

/** 1, 2, 5, 10 and so on, up to the limit. */
function tokenBuckets(limit: number): number[] {
  const edges: number[] = [];
  for (let power = 1; power <= limit; power *= 10) {
    edges.push(...[1, 2, 5].map((digit) => digit * power).filter((edge) => edge <= limit));
  }
  return edges;
}

import type { ExchangeResult } from '../listener/context.ts';
import type { Exchange } from '../listener/exchange.ts';
import type { MetricRegistry, ValueMetric } from '../../protocol/metric-registry.ts';

const MODEL_LABELS = ['model', 'cluster_name'] as const;

/** Counters that Pixiu's tokenizer filter exports, same names and labels. */
export class TokenMetrics {
  readonly #prompt: ValueMetric;
  readonly #completion: ValueMetric;
  readonly #total: ValueMetric;
  readonly #duration: ValueMetric;
  readonly #lastToken: ValueMetric;
  readonly #streaming: ValueMetric;

  constructor(registry: MetricRegistry) {
    const tokens = (kind: string): ValueMetric =>
      registry.counter({
        name: `pixiu_llm_${kind}_tokens_total`,
        help: `Sum of ${kind} tokens as engines reported them.`,
        labels: MODEL_LABELS,
      });
    this.#prompt = tokens('prompt');
    this.#completion = tokens('completion');
    this.#total = tokens('total');
    this.#duration = registry.counter({
      name: 'pixiu_llm_total_duration_microseconds_sum_total',
      help: 'Time from request to end of answer, summed.',
      labels: ['cluster_name', 'status_code'],
    });
    this.#lastToken = registry.counter({
      name: 'pixiu_llm_time_to_last_token_milliseconds_sum_total',
      help: 'Time from request to end of a streamed answer, summed.',
      labels: ['cluster_name'],
    });
    this.#streaming = registry.counter({
      name: 'pixiu_llm_streaming_requests_total',
      help: 'Requests answered as a stream.',
      labels: ['cluster_name'],
    });
  }

  record(exchange: Exchange, result: ExchangeResult): void {
    const cluster = exchange.cluster.config.name;
    const latencyMs = result.finishedMs - exchange.startedMs;
    this.#duration.withLabels(cluster, String(result.status)).inc(Math.round(latencyMs * 1_000));
    if (exchange.isStreamed) {
      this.#streaming.withLabels(cluster).inc();
      this.#lastToken.withLabels(cluster).inc(Math.round(latencyMs));
    }
    const { usage } = result;
    if (!usage) return;
    const model = modelOf(exchange.body);
    this.#prompt.withLabels(model, cluster).inc(usage.promptTokens);
    this.#completion.withLabels(model, cluster).inc(usage.completionTokens);
    this.#total.withLabels(model, cluster).inc(usage.promptTokens + usage.completionTokens);
  }
}

/** Where a chat request names its model: near the beginning, or after its messages. */
const SCANNED_BYTES = 4_096;

/** The request's `model` without parsing its body; empty when none is found. */
function modelOf(body: Buffer): string {
  const head = body.toString('utf8', 0, SCANNED_BYTES);
  const tail =
    body.length > SCANNED_BYTES ? body.toString('utf8', body.length - SCANNED_BYTES) : '';
  const pattern = /(?<!\\)"model"\s*:\s*"((?:[^"\\]|\\.)*)"/;
  return (pattern.exec(head) ?? pattern.exec(tail))?.[1] ?? '';
}

import type { Interval } from '../stats/interval.ts';
import { type Summary, summarizeSorted } from '../stats/summary.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { Float64Column } from './columns.ts';
import { type FailureClass, latencyMs, type Sample, toMicros, ttftMs } from './sample.ts';

/** What a phase came to. Times in milliseconds. */
export interface PhaseResult {
  /** Successes and failures; requests cut off by an early stop are in neither. */
  requests: number;
  succeeded: number;
  failures: Partial<Record<FailureClass, number>>;
  stopped: number;
  errorRate: number | undefined;
  /** 95 %, Wilson. */
  errorRateInterval: Interval | undefined;
  /** First intended start to last end of the samples. */
  durationMs: number;
  /** Successes per second. */
  goodputPerSecond: number | undefined;
  outputTokensPerSecond: number | undefined;
  /** Over successes and failures; a failure counts at least as the time limit. */
  latency: Summary;
  /** As latency, over streamed requests. */
  ttft: Summary;
  /** Gaps between pieces of output, successes only. */
  itl: Summary;
  /** (latency − TTFT) / (output tokens − 1) of successes with at least two output tokens. */
  tpot: Summary;
  /** Actual minus intended start. */
  lateness: Summary;
  tokens: TokenTotals;
  /** Requests by the endpoint that served them; `unknown` collects the rest. */
  servedBy: Record<string, number>;
}

export interface TokenTotals {
  prompt: number | undefined;
  output: number | undefined;
  /** Successes that reported cached tokens. */
  cachedKnown: number;
  /** Cached ÷ prompt tokens over those; undefined when none did. Unknown is not zero. */
  prefixHitRate: number | undefined;
}

/**
 * Sums up samples of one phase. Failures never improve a number: a failed request enters latency and
 * TTFT at the time limit or its real duration, whichever is longer, and adds nothing to throughput.
 */
export function aggregate(samples: Iterable<Sample>, timeoutMs: number): PhaseResult {
  const totals = new Totals(timeoutMs);
  for (const sample of samples) totals.add(sample);
  return totals.result();
}

/** What statistics may see of a failure; undefined for a request that was stopped. */
export function countedMs(
  sample: Sample,
  metric: 'latency' | 'ttft',
  timeoutMs: number,
): number | undefined {
  if (sample.failure === 'stopped') return undefined;
  if (sample.failure !== undefined) return Math.max(timeoutMs, latencyMs(sample));
  return metric === 'latency' ? latencyMs(sample) : ttftMs(sample);
}

class Totals {
  readonly #timeoutMs: number;
  readonly #latency = new Float64Column();
  readonly #ttft = new Float64Column();
  readonly #failedTtft = new Float64Column();
  readonly #itl = new Float64Column();
  readonly #tpot = new Float64Column();
  readonly #lateness = new Float64Column();
  readonly #failures = new Map<FailureClass, number>();
  readonly #servedBy = new Map<string, number>();
  readonly #tokens = { prompt: 0, promptKnown: 0, output: 0, outputKnown: 0 };
  readonly #cached = { tokens: 0, prompt: 0, known: 0 };
  #succeeded = 0;
  #stopped = 0;
  #firstMs = Infinity;
  #lastMs = -Infinity;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  add(sample: Sample): void {
    this.#firstMs = Math.min(this.#firstMs, sample.intendedMs);
    this.#lastMs = Math.max(this.#lastMs, sample.endMs);
    this.#lateness.push(Math.max(0, toMicros(sample.sentMs - sample.intendedMs)));
    if (sample.failure === 'stopped') {
      this.#stopped++;
      return;
    }
    this.#latency.push(countedMs(sample, 'latency', this.#timeoutMs)!);
    if (sample.failure !== undefined) this.#addFailure(sample, sample.failure);
    else this.#addSuccess(sample);
  }

  #addFailure(sample: Sample, failure: FailureClass): void {
    count(this.#failures, failure);
    this.#failedTtft.push(countedMs(sample, 'ttft', this.#timeoutMs)!);
  }

  #addSuccess(sample: Sample): void {
    this.#succeeded++;
    const { outputTokens } = sample;
    const ttft = ttftMs(sample);
    if (ttft !== undefined) {
      this.#ttft.push(ttft);
      if (outputTokens !== undefined && outputTokens > 1) {
        this.#tpot.push((latencyMs(sample) - ttft) / (outputTokens - 1));
      }
    }
    for (const itlMs of sample.itlsMs) this.#itl.push(itlMs);
    count(this.#servedBy, sample.servedBy ?? 'unknown');
    this.#addTokens(sample);
  }

  #addTokens({ promptTokens, outputTokens, cachedTokens }: Sample): void {
    if (promptTokens !== undefined) {
      this.#tokens.prompt += promptTokens;
      this.#tokens.promptKnown++;
    }
    if (outputTokens !== undefined) {
      this.#tokens.output += outputTokens;
      this.#tokens.outputKnown++;
    }
    if (promptTokens !== undefined && cachedTokens !== undefined) {
      this.#cached.known++;
      this.#cached.tokens += cachedTokens;
      this.#cached.prompt += promptTokens;
    }
  }

  result(): PhaseResult {
    const requests = this.#latency.length;
    const failed = requests - this.#succeeded;
    const durationMs = Math.max(0, this.#lastMs - this.#firstMs) || 0;
    const seconds = durationMs / 1_000;
    // Failures count against TTFT only where there is a TTFT at all: not in a run without streaming.
    if (this.#ttft.length > 0) for (const ms of this.#failedTtft.copy()) this.#ttft.push(ms);
    return {
      ...this.#summaries(),
      requests,
      succeeded: this.#succeeded,
      failures: Object.fromEntries(this.#failures),
      stopped: this.#stopped,
      errorRate: requests > 0 ? failed / requests : undefined,
      errorRateInterval: requests > 0 ? wilsonInterval(failed, requests) : undefined,
      durationMs,
      goodputPerSecond: seconds > 0 ? this.#succeeded / seconds : undefined,
      outputTokensPerSecond:
        seconds > 0 && this.#tokens.outputKnown > 0 ? this.#tokens.output / seconds : undefined,
      tokens: this.#tokenTotals(),
      servedBy: Object.fromEntries(this.#servedBy),
    };
  }

  /** Sorted one after the other in the same memory: of a million requests it is tens of megabytes. */
  #summaries(): Pick<PhaseResult, 'latency' | 'ttft' | 'itl' | 'tpot' | 'lateness'> {
    const columns = {
      latency: this.#latency,
      ttft: this.#ttft,
      itl: this.#itl,
      tpot: this.#tpot,
      lateness: this.#lateness,
    };
    const room = new Float64Array(Math.max(...Object.values(columns).map(({ length }) => length)));
    const summary = (column: Float64Column): Summary =>
      summarizeSorted(column.copy(0, column.length, room).sort());
    return {
      latency: summary(columns.latency),
      ttft: summary(columns.ttft),
      itl: summary(columns.itl),
      tpot: summary(columns.tpot),
      lateness: summary(columns.lateness),
    };
  }

  #tokenTotals(): TokenTotals {
    return {
      prompt: this.#tokens.promptKnown > 0 ? this.#tokens.prompt : undefined,
      output: this.#tokens.outputKnown > 0 ? this.#tokens.output : undefined,
      cachedKnown: this.#cached.known,
      prefixHitRate:
        this.#cached.prompt > 0 ? this.#cached.tokens / this.#cached.prompt : undefined,
    };
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

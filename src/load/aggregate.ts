import { sumOf } from '../base/lists.ts';
import type { Interval } from '../stats/interval.ts';
import { shareInterval } from '../stats/share-interval.ts';
import { type MetricFigures, summarize } from '../stats/summary.ts';
import { NumberColumn } from './columns.ts';
import { type FailureClass, latencyMs, type Sample, toMicros, ttftMs } from './sample.ts';
import { type RequestRow, RequestTable } from './request-table.ts';
import { Throughput } from './throughput.ts';

/**
 * What a phase came to. Times in milliseconds. Intervals are 95 % and hold for requests that depend on
 * each other; null where the phase is too short for that.
 */
export interface PhaseFigures {
  /** Successes and failures; requests cut off by an early stop are in neither. */
  requests: number;
  succeeded: number;
  /** By class. */
  failures: Record<string, number>;
  stopped: number;
  errorRate: number | null;
  errorRateInterval: Interval | null;
  /** Successes per second. */
  goodputPerSecond: number | null;
  goodputInterval: Interval | null;
  outputTokensPerSecond: number | null;
  outputTokensInterval: Interval | null;
  /** Over successes and failures; a failure counts at least as the time limit. */
  latency: MetricFigures;
  /** As latency, over streamed requests. */
  ttft: MetricFigures;
  /** Gaps between pieces of output, successes only, in the order the answers ended. */
  itl: MetricFigures;
  /** (latency − TTFT) / (output tokens − 1) of successes with at least two output tokens. */
  tpot: MetricFigures;
  /** Actual minus intended start. */
  lateness: MetricFigures;
  /** Requests by the endpoint that served them; `unknown` collects the rest. */
  servedBy: Record<string, number>;
}

export interface PhaseResult extends PhaseFigures {
  /** First intended start to last end of the samples. */
  durationMs: number;
  tokens: TokenTotals;
}

export interface TokenTotals {
  prompt: number | null;
  output: number | null;
  /** Successes that reported cached tokens. */
  cachedKnown: number;
  /** Cached ÷ prompt tokens over those; null when none did. Unknown is not zero. */
  prefixHitRate: number | null;
  prefixHitRateInterval: Interval | null;
}

/**
 * Sums up samples of one phase, in any order. An id missing from 0…highest is a request that was lost. Failures never improve a number: a failed request enters
 * latency and TTFT at the time limit or its real duration, whichever is longer, and adds nothing to
 * throughput.
 */
export function aggregate(
  samples: Iterable<Sample>,
  timeoutMs: number,
  ids: NumberedFrom = 'zero',
): PhaseResult {
  const totals = new Totals(timeoutMs, ids);
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

/** Whether the ids are those of a whole phase, 0 to the last, or of a part of a plan, with gaps that mean nothing. */
export type NumberedFrom = 'zero' | 'plan';

/** Takes values in their order, and sums them up in the end. */
export interface ValueSink {
  push(value: number): void;
  figures(): MetricFigures;
}

/** All of them, to the microsecond. */
export class ExactValues implements ValueSink {
  readonly #values = new NumberColumn(1_000);

  get length(): number {
    return this.#values.length;
  }

  push(value: number): void {
    this.#values.push(value);
  }

  figures(): MetricFigures {
    return summarize(this.#values.copy());
  }

  *[Symbol.iterator](): Generator<number> {
    for (let at = 0; at < this.length; at++) yield this.#values.at(at)!;
  }
}

/** What samples add up to, one after the other. */
export class Totals {
  readonly #timeoutMs: number;
  readonly #ids: NumberedFrom;
  readonly #rows = new RequestTable();
  readonly #itl: ValueSink;
  readonly #failures = new Map<FailureClass, number>();
  readonly #servedBy = new Map<string, number>();
  readonly #answers = new Throughput();
  readonly #output = new Throughput();
  /** `block arm` of the samples. */
  readonly #phases = new Set<string>();
  #promptTokens: number | null = null;
  #outputTokens: number | null = null;
  #isStreamed = false;
  #succeeded = 0;
  #stopped = 0;
  #firstMs = Infinity;
  #lastStartMs = -Infinity;
  #lastMs = -Infinity;

  /** @param itl takes the gaps between tokens, of which a request has many */
  constructor(timeoutMs: number, ids: NumberedFrom, itl: ValueSink = new ExactValues()) {
    this.#timeoutMs = timeoutMs;
    this.#ids = ids;
    this.#itl = itl;
  }

  add(sample: Sample): void {
    const { id, intendedMs, failure } = sample;
    this.#phases.add(`${sample.block} ${sample.arm}`);
    this.#firstMs = Math.min(this.#firstMs, intendedMs);
    this.#lastStartMs = Math.max(this.#lastStartMs, intendedMs);
    this.#lastMs = Math.max(this.#lastMs, sample.endMs);
    const latenessMs = Math.max(0, toMicros(sample.sentMs - intendedMs));
    if (failure === 'stopped') {
      this.#stopped++;
      this.#rows.push({ id, intendedMs, latenessMs });
      return;
    }
    this.#rows.push({
      id,
      intendedMs,
      latenessMs,
      latencyMs: countedMs(sample, 'latency', this.#timeoutMs),
      ttftMs: countedMs(sample, 'ttft', this.#timeoutMs),
      failed: Number(failure !== undefined),
      ...(failure === undefined && successFigures(sample)),
    });
    if (failure === undefined) this.#addSuccess(sample);
    else count(this.#failures, failure);
  }

  #addSuccess(sample: Sample): void {
    const { promptTokens, outputTokens } = sample;
    this.#succeeded++;
    this.#isStreamed ||= sample.firstTokenMs !== undefined;
    for (const itlMs of sample.itlsMs) this.#itl.push(itlMs);
    count(this.#servedBy, sample.servedBy ?? 'unknown');
    this.#answers.push(sample.intendedMs, 1);
    if (promptTokens !== undefined) this.#promptTokens = (this.#promptTokens ?? 0) + promptTokens;
    if (outputTokens === undefined) return;
    this.#outputTokens = (this.#outputTokens ?? 0) + outputTokens;
    this.#output.push(sample.intendedMs, outputTokens);
  }

  result(): PhaseResult {
    this.#addLost();
    const failed = this.#rows.inOrder('failed');
    const requests = failed.length;
    const durationMs = Math.max(0, this.#lastMs - this.#firstMs) || 0;
    const perSecond = (amount: number | null): number | null =>
      amount !== null && durationMs > 0 ? (amount * 1_000) / durationMs : null;
    const goodput = perSecond(this.#succeeded);
    const output = perSecond(this.#outputTokens);
    const [first, last] = [this.#firstMs, this.#lastStartMs];
    return {
      requests,
      succeeded: this.#succeeded,
      failures: Object.fromEntries(this.#failures),
      stopped: this.#stopped,
      errorRate: requests > 0 ? (requests - this.#succeeded) / requests : null,
      errorRateInterval: shareInterval(failed) ?? null,
      goodputPerSecond: goodput,
      goodputInterval: this.#answers.intervalOf(goodput, first, last) ?? null,
      outputTokensPerSecond: output,
      outputTokensInterval: this.#output.intervalOf(output, first, last) ?? null,
      ...this.#summaries(),
      durationMs,
      tokens: this.#tokenTotals(),
      servedBy: Object.fromEntries(this.#servedBy),
    };
  }

  /** Ids number the requests of one phase; of several phases together gaps say nothing. */
  #addLost(): void {
    if (this.#phases.size !== 1 || this.#ids === 'plan') return;
    for (const { id, intendedMs } of this.#rows.gaps()) {
      const ms = this.#timeoutMs;
      this.#rows.push({ id, intendedMs, latencyMs: ms, ttftMs: ms, failed: 1 });
      count(this.#failures, 'lost');
      // So late it may have ended, and the rest may not have been faster for it.
      this.#lastMs = Math.max(this.#lastMs, this.#lastStartMs + ms);
    }
  }

  /** One after the other: of a million requests each takes tens of megabytes for a moment. */
  #summaries(): Pick<PhaseResult, 'latency' | 'ttft' | 'itl' | 'tpot' | 'lateness'> {
    return {
      latency: summarize(this.#rows.inOrder('latencyMs')),
      // Failures count against TTFT only where there is a TTFT at all: not in a run without streaming.
      ttft: summarize(this.#isStreamed ? this.#rows.inOrder('ttftMs') : []),
      itl: this.#itl.figures(),
      tpot: summarize(this.#rows.inOrder('tpotMs')),
      lateness: summarize(this.#rows.inOrder('latenessMs')),
    };
  }

  #tokenTotals(): TokenTotals {
    const [cached, prompt] = [
      this.#rows.inOrder('cachedTokens'),
      this.#rows.inOrder('promptTokens'),
    ];
    const all = sumOf(prompt);
    return {
      prompt: this.#promptTokens,
      output: this.#outputTokens,
      cachedKnown: cached.length,
      prefixHitRate: all > 0 ? sumOf(cached) / all : null,
      prefixHitRateInterval: shareInterval(cached, prompt) ?? null,
    };
  }
}

/** Prompt tokens only beside cached ones: the hit rate is over the answers that report both. */
function successFigures(sample: Sample): Partial<RequestRow> {
  const { promptTokens, outputTokens, cachedTokens } = sample;
  const ttft = ttftMs(sample);
  const hasRate = ttft !== undefined && outputTokens !== undefined && outputTokens > 1;
  return {
    tpotMs: hasRate ? (latencyMs(sample) - ttft) / (outputTokens - 1) : undefined,
    ...(promptTokens !== undefined && cachedTokens !== undefined && { promptTokens, cachedTokens }),
  };
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

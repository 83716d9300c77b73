import type { Clock } from '../base/clock.ts';
import { sumOf } from '../base/lists.ts';
import { mixSeed } from '../base/random.ts';
import { aggregate, countedMs } from '../load/aggregate.ts';
import { auditRun, DELAY_SHARE_MAX } from '../load/audit.ts';
import { AuditProbe } from '../load/audit-probe.ts';
import type { LoadEvent } from '../load/events.ts';
import { poissonPacer } from '../load/pacer.ts';
import { type OpenLoad, PRECISE_RATE_MAX } from '../load/plan.ts';
import { type PhaseOutcome, type RequestSource, runPhase } from '../load/run-load.ts';
import { latencyMs, type Sample, ttftMs } from '../load/sample.ts';
import type { LoadClient } from '../net/load-client.ts';
import { InOrder } from './in-order.ts';
import { type LoadedRequest, type Objective, timeOf } from './objective.ts';
import type { CurveEnd } from './result.ts';
import type { MeasuredStep } from './rate-search.ts';
import { stepFigures } from './step-figures.ts';
import { requestsNeeded, StepJudge, type Verdict } from './step-judge.ts';

/** What all steps of a search have in common. */
export interface LiveSetting {
  clock: Clock;
  originMs: number;
  seed: number;
  objectives: readonly Objective[];
  timeoutMs: number;
  inFlightMax: number;
  /** The longest that a step may take, unless it needs more to show anything. */
  stepMs: number;
  /** What is left of the whole search; asked before each step. */
  left: () => { durationMs: number; requests: number };
  /** See null-server; undefined where it was not measured. */
  ceilingPerSecond: number | undefined;
  signal: AbortSignal;
  record: (sample: Sample) => void;
  onEvent: (event: LoadEvent) => void;
  flush: () => void;
}

/** One step of one arm. */
export interface LiveStep {
  rate: number;
  index: number;
  arm: string;
  client: LoadClient | ((id: number) => LoadClient);
  /** Prompts that no step had before. */
  source: RequestSource;
}

/** Above it one step says no more than a search has use for. */
const STEP_REQUESTS_MAX = 20_000;

/**
 * One rate of Poisson arrivals, until it is judged; then everything under way is answered before it returns, so
 * that the next step meets nothing of it.
 */
export async function runLiveStep(setting: LiveSetting, step: LiveStep): Promise<MeasuredStep> {
  const { clock, seed, timeoutMs, objectives } = setting;
  const { rate, index } = step;
  const load: OpenLoad = {
    kind: 'open',
    pacer: poissonPacer(rate, mixSeed(seed, 'step', index)),
    inFlightMax: setting.inFlightMax,
    isPrecise: rate <= PRECISE_RATE_MAX,
  };
  const extent = extentOf(setting, rate);
  const watch = new StepWatch(setting, extent);
  const probe = new AuditProbe(clock);
  const outcome = await probe.during(() =>
    runPhase(
      {
        labels: { phase: 'measure', arm: step.arm, block: index },
        load,
        requests: extent.requests,
        durationMs: extent.durationMs,
        timeoutMs,
        maxErrorRate: 1,
      },
      {
        ...setting,
        client: step.client,
        source: watch.until(step.source),
        record: (sample) => {
          setting.record(sample);
          watch.take(sample);
        },
      },
    ),
  );
  const reading = probe.reading();
  const { samples } = watch;
  const verdict = watch.verdict();
  const result = aggregate(samples, timeoutMs);
  const { ceilingPerSecond } = setting;
  const reasons = auditRun({
    reading,
    result,
    outcome,
    load,
    ceilingPerSecond,
    allowedMs: allowedMs(objectives),
  })
    // What a server keeps waiting until the step is given up is its failure to keep up.
    .filter(({ id, level }) => level === 'invalid' && id !== 'delivery')
    .map(({ text }) => text);
  const stop = stopOf({ outcome, reasons, verdict, extent, isDry: watch.isDry });
  return {
    step: {
      rate,
      verdict,
      hitRate: hitRateOf(samples),
      ...stepFigures(watch.requests, objectives),
    },
    ...(stop !== undefined && { stop, reasons: stop === 'generator' ? reasons : [] }),
  };
}

interface Extent {
  requests: number;
  durationMs: number;
  /** The search's budget allows less than a whole step. */
  isCut: boolean;
}

function extentOf({ objectives, left, ...setting }: LiveSetting, rate: number): Extent {
  const needed = requestsNeeded(objectives);
  const stepMs = Math.max(setting.stepMs, (1_000 * needed) / rate);
  const whole = Math.max(needed, Math.min(STEP_REQUESTS_MAX, Math.ceil((rate * stepMs) / 1_000)));
  const { durationMs, requests } = left();
  return {
    requests: Math.min(whole, requests),
    durationMs: Math.min(stepMs, durationMs),
    isCut: durationMs < stepMs || requests < whole,
  };
}

/** Ends a step once enough is known. */
class StepWatch {
  readonly samples: Sample[] = [];
  readonly requests: LoadedRequest[] = [];
  isDry = false;
  readonly #timeoutMs: number;
  readonly #judge: StepJudge;
  readonly #inOrder = new InOrder<LoadedRequest>((it) => this.#judged(it));
  #verdict: Verdict | undefined;

  constructor({ objectives, timeoutMs }: LiveSetting, { requests }: Extent) {
    this.#timeoutMs = timeoutMs;
    this.#judge = new StepJudge(objectives, requests);
  }

  until(source: RequestSource): RequestSource {
    return () => {
      if (this.#verdict !== undefined) return undefined;
      const request = source();
      this.isDry = request === undefined;
      return request;
    };
  }

  take(sample: Sample): void {
    this.samples.push(sample);
    if (sample.failure !== 'stopped') {
      this.#inOrder.push(sample.id, loadedRequest(sample, this.#timeoutMs));
    }
  }

  verdict(): Verdict {
    return this.#verdict ?? this.#judge.look();
  }

  #judged(request: LoadedRequest): void {
    this.requests.push(request);
    this.#verdict ??= this.#judge.take(request);
  }
}

/** Undefined where the step counts and another may follow. */
function stopOf(seen: {
  outcome: PhaseOutcome;
  reasons: readonly string[];
  verdict: Verdict;
  extent: Extent;
  isDry: boolean;
}): CurveEnd | undefined {
  if (seen.outcome.ended === 'stopped') return 'stopped';
  if (seen.reasons.length > 0) return 'generator';
  if (seen.verdict !== 'undecided') return undefined;
  if (seen.isDry) return 'prompts';
  return seen.extent.isCut ? 'budget' : undefined;
}

/** By the nearest bound on a time; undefined without one. */
function allowedMs(objectives: readonly Objective[]): number | undefined {
  const bounds = objectives.filter((it) => timeOf(it) !== undefined).map(({ bound }) => bound);
  return bounds.length === 0 ? undefined : DELAY_SHARE_MAX * Math.min(...bounds);
}

/** A sample as a step judges it. */
export function loadedRequest(sample: Sample, timeoutMs: number): LoadedRequest {
  const { outputTokens, failure } = sample;
  const firstMs = ttftMs(sample);
  const hasRate =
    failure === undefined &&
    firstMs !== undefined &&
    outputTokens !== undefined &&
    outputTokens > 1;
  return {
    atMs: sample.intendedMs,
    isFailed: failure !== undefined,
    ttftMs: countedMs(sample, 'ttft', timeoutMs) ?? null,
    latencyMs: countedMs(sample, 'latency', timeoutMs) ?? null,
    tpotMs: hasRate ? (latencyMs(sample) - firstMs) / (outputTokens - 1) : null,
  };
}

function hitRateOf(samples: readonly Sample[]): number | null {
  const told = samples.filter(
    (it) => it.cachedTokens !== undefined && it.promptTokens !== undefined,
  );
  const prompt = sumOf(told, (it) => it.promptTokens!);
  return prompt === 0 ? null : sumOf(told, (it) => it.cachedTokens!) / prompt;
}

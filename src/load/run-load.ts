import { type Clock, repeat } from '../base/clock.ts';
import type { LoadClient } from '../net/load-client.ts';
import type { LatencyHistogram } from '../stats/histogram.ts';
import { Attempt, type AttemptHost, type LoadRequest } from './attempt.ts';
import { Deadlines } from './deadlines.ts';
import { DueQueue } from './due-queue.ts';
import { ErrorGuard } from './error-guard.ts';
import type { KeptAnswer } from './kept-answer.ts';
import type { LoadEvent, PhaseEnd, Progress } from './events.ts';
import { connectionsOf, type OpenLoad, type PhasePlan } from './plan.ts';
import { latencyMs, type Sample, toMicros } from './sample.ts';
import { SessionTurns } from './session-turns.ts';
import { waitUntil } from './wait.ts';

/** The next request of a workload; undefined when it has run dry. */
export type RequestSource = () => LoadRequest | undefined;

export interface PhaseDependencies {
  /** One for all, or through which each request goes, by its position in the phase. */
  client: LoadClient | ((id: number) => LoadClient);
  source: RequestSource;
  clock: Clock;
  /** `clock.nowMs()` at the start of the run: 0 of every mark. */
  originMs: number;
  /** When the schedule begins, on the run's clock; at once unless given. Time passed since is made up for. */
  startMs?: number | undefined;
  /** Takes every sample as it happens; with it, when answers are kept, what was answered. */
  record: (sample: Sample, answer: KeptAnswer | undefined) => void;
  keepsAnswers?: boolean | undefined;
  /** Names of further response headers that say who served, most trusted first; lower case. */
  servedByHeaders?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: ((event: LoadEvent) => void) | undefined;
  /** Called before each event, to hand the log to the system. */
  flush?: (() => void) | undefined;
}

export interface PhaseOutcome {
  ended: PhaseEnd;
  startMs: number;
  endMs: number;
  /** Requests that became due (open loop) or were started (closed loop). */
  scheduled: number;
  started: number;
  /** Due but never sent: the run ended with them waiting. */
  unsent: number;
  finished: number;
  failed: number;
}

/** A request of the workload and its position in the phase. */
interface Drawn {
  request: LoadRequest;
  id: number;
}

const PROGRESS_MS = 250;

/**
 * Runs one phase to its end and hands every request's sample to `record`. Never throws for a request;
 * what `record` throws, for example on a full disk, ends the phase and is thrown once all has settled.
 */
export async function runPhase(
  plan: PhasePlan,
  dependencies: PhaseDependencies,
): Promise<PhaseOutcome> {
  // Loading it takes longer than the few requests of a run that nobody watches.
  const histogram =
    dependencies.onEvent && new (await import('../stats/histogram.ts')).LatencyHistogram();
  return new PhaseRun(plan, dependencies, histogram).run();
}

class PhaseRun {
  readonly #plan: PhasePlan;
  readonly #deps: PhaseDependencies;
  readonly #host: AttemptHost;
  readonly #limit: number;
  readonly #guard: ErrorGuard;
  readonly #deadlines: Deadlines<Attempt>;
  readonly #histogram: LatencyHistogram | undefined;
  readonly #clientOf: (id: number) => LoadClient;
  readonly #sessions = new SessionTurns<Drawn>();
  readonly #waiting = new DueQueue();
  #startMs = 0;
  #scheduled = 0;
  #drawn = 0;
  #started = 0;
  #inFlight = 0;
  #unsent = 0;
  #isScheduling = true;
  #ended: PhaseEnd = 'complete';
  #recordError: { error: unknown } | undefined;
  #wake: () => void = () => {};
  #finish: () => void = () => {};

  constructor(plan: PhasePlan, deps: PhaseDependencies, histogram: LatencyHistogram | undefined) {
    this.#plan = plan;
    this.#deps = deps;
    this.#host = {
      labels: plan.labels,
      servedByHeaders: deps.servedByHeaders ?? [],
      keepsAnswers: deps.keepsAnswers ?? false,
      now: () => this.#now(),
      settled: (attempt, sample) => this.#settled(attempt, sample),
    };
    this.#limit = connectionsOf(plan.load);
    const { client } = deps;
    this.#clientOf = typeof client === 'function' ? client : () => client;
    this.#guard = new ErrorGuard(plan.maxErrorRate);
    this.#histogram = histogram;
    this.#deadlines = new Deadlines(deps.clock, plan.timeoutMs, (attempt) =>
      attempt.cut('timeout'),
    );
  }

  async run(): Promise<PhaseOutcome> {
    const { signal, onEvent } = this.#deps;
    const finished = new Promise<void>((resolve) => (this.#finish = resolve));
    const onAbort = (): void => this.#stop('stopped');
    this.#startMs = this.#deps.startMs ?? this.#now();
    const { requests, durationMs, labels } = this.#plan;
    onEvent?.({ type: 'phase-started', labels, expected: { requests, durationMs } });
    const stopProgress = this.#reportProgress();
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    if (this.#plan.load.kind === 'closed') this.#refill();
    else await this.#pace(this.#plan.load);
    this.#finishIfDone();
    await finished;
    stopProgress();
    signal?.removeEventListener('abort', onAbort);
    this.#deadlines.close();
    if (this.#recordError) throw this.#recordError.error;
    return this.#close();
  }

  #now(): number {
    return toMicros(this.#deps.clock.nowMs() - this.#deps.originMs);
  }

  /** Whether the plan's bounds still allow a request due at `dueMs`. */
  #allows(dueMs: number): boolean {
    const { requests = Infinity, durationMs = Infinity } = this.#plan;
    return this.#isScheduling && this.#scheduled < requests && dueMs - this.#startMs < durationMs;
  }

  /** Closed loop: starts requests until the concurrency is reached. */
  #refill(): void {
    while (this.#inFlight < this.#limit && this.#allows(this.#now())) {
      this.#scheduled++;
      this.#start(this.#now());
    }
    if (!this.#allows(this.#now())) this.#isScheduling = false;
  }

  /** Open loop: queues requests as they become due, whatever became of the earlier ones. */
  async #pace({ pacer, isPrecise }: OpenLoad): Promise<void> {
    const { clock, originMs } = this.#deps;
    while (this.#isScheduling) {
      const offsetMs = pacer(this.#scheduled);
      if (offsetMs === undefined || !this.#allows(this.#startMs + offsetMs)) break;
      const dueMs = toMicros(this.#startMs + offsetMs);
      if (dueMs > this.#now()) {
        const wait = waitUntil(clock, originMs + dueMs, isPrecise);
        this.#wake = wait.wake;
        await wait.done;
        if (!this.#isScheduling) break;
      }
      this.#scheduled++;
      this.#waiting.push(dueMs);
      this.#drain();
    }
    this.#isScheduling = false;
    this.#boundDraining();
  }

  /** What still waits for a connection one time limit after the schedule's end will not be sent. */
  #boundDraining(): void {
    const { clock } = this.#deps;
    if (this.#waiting.size === 0) return;
    clock.at(clock.nowMs() + this.#plan.timeoutMs, () => this.#dropWaiting());
  }

  #drain(): void {
    while (this.#inFlight < this.#limit && this.#waiting.size > 0) {
      this.#start(this.#waiting.shift());
    }
  }

  #dropWaiting(): void {
    this.#unsent += this.#waiting.clear();
    this.#finishIfDone();
  }

  #start(intendedMs: number): void {
    const request = this.#deps.source();
    if (request === undefined) {
      this.#scheduled--;
      this.#isScheduling = false;
      this.#waiting.clear();
      return;
    }
    this.#inFlight++;
    const drawn = { request, id: request.position ?? this.#drawn++ };
    if (this.#sessions.enter(request.session, drawn)) this.#launch(drawn, intendedMs);
  }

  #launch({ request, id }: Drawn, intendedMs: number): void {
    this.#started++;
    const attempt = new Attempt(this.#host, request, { id, intendedMs });
    this.#deadlines.add(attempt);
    attempt.start(this.#clientOf(id));
  }

  #settled(attempt: Attempt, sample: Sample): void {
    this.#deadlines.remove(attempt);
    this.#inFlight--;
    this.#record(sample, attempt.kept);
    if (sample.failure === undefined) this.#histogram?.record(Math.max(0, latencyMs(sample)));
    if (sample.failure !== 'stopped' && this.#guard.count(sample.failure !== undefined)) {
      this.#stop('too-many-errors');
    }
    if (attempt.session !== undefined) this.#releaseSession(attempt.session);
    if (this.#plan.load.kind === 'closed') this.#refill();
    else this.#drain();
    this.#finishIfDone();
  }

  #record(sample: Sample, answer: KeptAnswer | undefined): void {
    try {
      this.#deps.record(sample, answer);
    } catch (error) {
      this.#recordError ??= { error };
      this.#stop('stopped');
    }
  }

  /** A turn cannot be asked before the one before it is answered: its wait is not the server's. */
  #releaseSession(session: string): void {
    const next = this.#sessions.release(session);
    if (next !== undefined) this.#launch(next, this.#now());
  }

  #stop(reason: PhaseEnd): void {
    if (this.#ended !== 'complete') return;
    this.#ended = reason;
    this.#isScheduling = false;
    this.#wake();
    const held = this.#sessions.drop();
    this.#unsent += held;
    this.#inFlight -= held;
    this.#dropWaiting();
    for (const attempt of this.#deadlines.pending) attempt.cut('stopped');
  }

  #finishIfDone(): void {
    if (!this.#isScheduling && this.#inFlight === 0 && this.#waiting.size === 0) this.#finish();
  }

  #reportProgress(): () => void {
    const { onEvent, clock } = this.#deps;
    if (onEvent === undefined) return () => {};
    return repeat(clock, PROGRESS_MS, () => {
      this.#deps.flush?.();
      onEvent({ type: 'progress', labels: this.#plan.labels, ...this.#progress() });
    });
  }

  #progress(): Progress {
    return {
      elapsedMs: this.#now() - this.#startMs,
      started: this.#started,
      finished: this.#guard.finished,
      failed: this.#guard.failed,
      inFlight: this.#inFlight,
      waiting: this.#waiting.size,
      latencyMsP50: this.#histogram?.percentile(50),
      latencyMsP95: this.#histogram?.percentile(95),
    };
  }

  #close(): PhaseOutcome {
    const { onEvent, flush } = this.#deps;
    flush?.();
    const { labels } = this.#plan;
    onEvent?.({ type: 'phase-ended', labels, ended: this.#ended, ...this.#progress() });
    return {
      ended: this.#ended,
      startMs: this.#startMs,
      endMs: this.#now(),
      scheduled: this.#scheduled,
      started: this.#started,
      unsent: this.#unsent,
      finished: this.#guard.finished,
      failed: this.#guard.failed,
    };
  }
}

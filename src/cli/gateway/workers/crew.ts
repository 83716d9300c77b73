import cluster, { type Worker } from 'node:cluster';
import { type Clock, sleep } from '../../../base/clock.ts';
import type { MetricFamily } from '../../../protocol/prometheus.ts';
import type { GatewayLog } from '../log.ts';
import { type FromWorker, isFromWorker, type ToWorker } from './messages.ts';

export interface CrewOptions {
  count: number;
  clock: Clock;
  log: GatewayLog;
}

type Started = Extract<FromWorker, { type: 'serving' }>;

/** How long the metrics of one page wait for a worker that is busy. */
const METRICS_WAIT_MS = 1_000;
/** Exit code of one that a signal ended: as of any defect. */
const KILLED = 70;
/** A worker that keeps dying is not started in a loop. */
const RESTART_MS = { first: 100, max: 5_000 };

/** The worker processes of one gateway, in the process that started them. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #asked = new Map<number, (worker: number, families: readonly MetricFamily[]) => void>();
  readonly #fine = new Set<number>();
  #requests = 0;
  #deaths = 0;
  #isEnding = false;

  constructor(options: CrewOptions) {
    this.#options = options;
    // Typed arrays pass as they are.
    cluster.setupPrimary({ serialization: 'advanced' });
    cluster.on('message', (worker, message: unknown) => {
      if (isFromWorker(message)) this.#take(worker, message);
    });
  }

  /**
   * Starts all of them; the first one alone, so that a mistake is told once.
   * @returns where they serve, or the exit code of one that ended before it served
   */
  async start(signal: AbortSignal): Promise<Started | number> {
    const first = await this.#begin(signal);
    if (typeof first === 'number') return first;
    const others = Array.from({ length: this.#options.count - 1 }, () => this.#begin(signal));
    const ended = (await Promise.all(others)).find((it) => typeof it === 'number');
    if (ended !== undefined) return ended;
    cluster.on('exit', (worker) => void this.#replace(worker, signal));
    return first;
  }

  tellAll(message: ToWorker): void {
    for (const worker of living()) worker.send(message);
  }

  /** By worker; one that does not answer in time is not in it. */
  async metrics(): Promise<ReadonlyMap<number, readonly MetricFamily[]>> {
    const told = new Map<number, readonly MetricFamily[]>();
    const wanted = this.#fine.size;
    const request = ++this.#requests;
    const enough = new AbortController();
    this.#asked.set(request, (worker, families) => {
      told.set(worker, families);
      if (told.size === wanted) enough.abort();
    });
    this.tellAll({ type: 'metrics', request });
    await sleep(this.#options.clock, METRICS_WAIT_MS, enough.signal).catch(() => {});
    this.#asked.delete(request);
    return told;
  }

  /** Tells them to drain, and waits until all have ended. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const ends = living().map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const worker of living()) worker.process.kill('SIGTERM');
    await Promise.all(ends);
  }

  /** Its exit code when it ended instead of serving. */
  #begin(signal: AbortSignal): Promise<Started | number> {
    const worker = cluster.fork();
    return new Promise((resolve) => {
      const onMessage = (message: unknown): void => {
        if (!isFromWorker(message) || message.type !== 'serving') return;
        this.#fine.add(worker.id);
        resolve(message);
      };
      worker.on('message', onMessage);
      worker.once('exit', (code: number | null) => {
        this.#fine.delete(worker.id);
        resolve(code ?? KILLED);
      });
      signal.addEventListener('abort', () => resolve(0), { once: true });
    });
  }

  #take(from: Worker, message: FromWorker): void {
    if (message.type === 'metrics') this.#asked.get(message.request)?.(from.id, message.families);
    if (message.type !== 'notes') return;
    for (const worker of living()) if (worker.id !== from.id) worker.send(message);
  }

  async #replace({ id, process }: Worker, signal: AbortSignal): Promise<void> {
    if (this.#isEnding || signal.aborted) return;
    const { log, clock } = this.#options;
    const why = process.signalCode ?? `exit code ${process.exitCode}`;
    log('error', `worker ${id} ended (${why}) and is replaced`);
    const waitMs = Math.min(RESTART_MS.max, RESTART_MS.first * 2 ** Math.min(this.#deaths++, 10));
    await sleep(clock, waitMs, signal).catch(() => {});
    if (signal.aborted) return;
    if (typeof (await this.#begin(signal)) !== 'number') this.#deaths = 0;
  }
}

function living(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter(
    (it): it is Worker => it?.isConnected() === true,
  );
}

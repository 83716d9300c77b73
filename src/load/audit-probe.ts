import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Clock } from '../base/clock.ts';
import { LoopDelay } from './loop-delay.ts';

/** What the generator cost and suffered while it ran. */
export interface AuditReading {
  durationMs: number;
  /** Our own CPU time ÷ time: 1 is one core. Includes waiting by spinning. */
  clientCores: number;
  /** Everybody else's, including a server on this machine; undefined where the system does not tell. */
  foreignCores: number | undefined;
  cores: number;
  /** Beyond the sampling interval. */
  eventLoopDelayMsMean: number;
  eventLoopDelayMsP99: number;
}

/** Clock ticks of /proc/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** Measures while what is judged goes on, and nothing of what lies between: planning and reading is no load. */
export class AuditProbe {
  readonly #clock: Clock;
  readonly #delay = new LoopDelay();
  #durationMs = 0;
  #clientMs = 0;
  /** Undefined once the system did not tell. */
  #foreignMs: number | undefined = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Measures until `work` has settled; one at a time. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const startMs = this.#clock.nowMs();
    const startCpu = process.cpuUsage();
    const startBusyMs = machineBusyMs();
    this.#delay.start();
    try {
      return await work();
    } finally {
      this.#delay.stop();
      this.#durationMs += this.#clock.nowMs() - startMs;
      this.#add(process.cpuUsage(startCpu), startBusyMs);
    }
  }

  #add({ user, system }: NodeJS.CpuUsage, startBusyMs: number | undefined): void {
    const clientMs = (user + system) / 1_000;
    this.#clientMs += clientMs;
    const busyMs = machineBusyMs();
    const isTold = busyMs !== undefined && startBusyMs !== undefined;
    const sumMs = isTold ? this.#foreignMs : undefined;
    this.#foreignMs = sumMs === undefined ? undefined : sumMs + (busyMs! - startBusyMs! - clientMs);
  }

  reading(): AuditReading {
    const durationMs = Math.max(1e-3, this.#durationMs);
    const foreignMs = this.#foreignMs;
    return {
      durationMs,
      clientCores: this.#clientMs / durationMs,
      foreignCores: foreignMs === undefined ? undefined : Math.max(0, foreignMs) / durationMs,
      cores: cpus().length,
      eventLoopDelayMsMean: this.#delay.meanMs,
      eventLoopDelayMsP99: this.#delay.p99Ms,
    };
  }
}

/** Busy time of all cores since boot from the first line of /proc/stat (proc(5)); undefined elsewhere. */
function machineBusyMs(): number | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
    const [user, nice, system, , , irq, softIrq, steal] = line.split(/\s+/).slice(1).map(Number);
    const ticks = user! + nice! + system! + irq! + softIrq! + steal!;
    return Number.isFinite(ticks) ? ticks * TICK_MS : undefined;
  } catch {
    return undefined;
  }
}

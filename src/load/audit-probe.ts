import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../base/clock.ts';

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

const RESOLUTION_MS = 10;
/** Clock ticks of /proc/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** Measures from `start` to `stop`. */
export class AuditProbe {
  readonly #clock: Clock;
  readonly #delay: IntervalHistogram;
  readonly #startMs: number;
  readonly #startCpu: NodeJS.CpuUsage;
  readonly #startBusyMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#startMs = clock.nowMs();
    this.#startCpu = process.cpuUsage();
    this.#startBusyMs = machineBusyMs();
  }

  stop(): AuditReading {
    this.#delay.disable();
    const durationMs = Math.max(1e-3, this.#clock.nowMs() - this.#startMs);
    const own = process.cpuUsage(this.#startCpu);
    const clientMs = (own.user + own.system) / 1_000;
    const busyMs = machineBusyMs();
    const foreignMs =
      busyMs === undefined || this.#startBusyMs === undefined
        ? undefined
        : Math.max(0, busyMs - this.#startBusyMs - clientMs);
    return {
      durationMs,
      clientCores: clientMs / durationMs,
      foreignCores: foreignMs === undefined ? undefined : foreignMs / durationMs,
      cores: cpus().length,
      eventLoopDelayMsMean: Math.max(0, this.#delay.mean / 1e6 - RESOLUTION_MS) || 0,
      eventLoopDelayMsP99: Math.max(0, this.#delay.percentile(99) / 1e6 - RESOLUTION_MS),
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

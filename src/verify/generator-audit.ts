import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { AuditItem, GeneratorAudit } from './result-evidence.ts';

/** Sampling interval of the delay monitor; part of every value it reports. */
const RESOLUTION_MS = 1;
/** A generator busier than this adds queueing of its own to what it measures. */
const BUSY_MAX = 0.8;
/** Delays up to this are garbage collection, not overload. */
const DELAY_FLOOR_MS = 10;

/** Watches the generator while it measures: how busy it is, and how late it may have been. */
export class GeneratorWatch {
  readonly #delays: IntervalHistogram;
  readonly #start = performance.eventLoopUtilization();

  constructor() {
    this.#delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delays.enable();
  }

  /** @param tolerableMs delay that would not change the result */
  stop(tolerableMs: number): AuditItem[] {
    this.#delays.disable();
    const busy = performance.eventLoopUtilization(this.#start).utilization;
    const delayMs = Math.max(0, this.#delays.percentile(99) / 1e6 - RESOLUTION_MS);
    const limitMs = Math.max(DELAY_FLOOR_MS, tolerableMs);
    return [
      item('event-loop-utilization', 'Share of time the generator was busy', {
        value: busy,
        unit: 'share',
        limit: BUSY_MAX,
      }),
      item('event-loop-delay-p99', 'Event loop delay p99', {
        value: this.#delays.count === 0 ? null : delayMs,
        unit: 'ms',
        limit: limitMs,
      }),
    ];
  }
}

function item(
  id: string,
  label: string,
  { value, unit, limit }: { value: number | null; unit: string; limit: number },
): AuditItem {
  const outcome = value === null ? 'unknown' : value > limit ? 'exceeded' : 'ok';
  return { id, label, value, unit, limit, outcome };
}

export function auditOf(items: readonly AuditItem[]): GeneratorAudit | null {
  if (items.length === 0) return null;
  return { items: [...items], isTrustworthy: items.every((it) => it.outcome !== 'exceeded') };
}

import type { Pacer } from './pacer.ts';
import type { SampleLabels } from './sample.ts';

/** Closed loop: so many requests in flight, the next starts when one ends. */
export interface ClosedLoad {
  kind: 'closed';
  concurrency: number;
}

/** Open loop: requests start when they are due, whatever the server does. */
export interface OpenLoad {
  kind: 'open';
  pacer: Pacer;
  /** Connections; a request due beyond them waits, and the wait is part of its latency. */
  inFlightMax: number;
  /** Spin through the last millisecond before a due time; exact, but takes most of a core's idle time. */
  isPrecise: boolean;
}

/** One phase of a run. It ends at whichever bound comes first, or when the workload runs dry. */
export interface PhasePlan {
  labels: SampleLabels;
  load: ClosedLoad | OpenLoad;
  requests?: number | undefined;
  durationMs?: number | undefined;
  /** Per request, from sending; counted at its full length. */
  timeoutMs: number;
  /** Share of failures that ends the phase early. */
  maxErrorRate: number;
}

/** Connections a phase can use at once. */
export function connectionsOf(load: PhasePlan['load']): number {
  return load.kind === 'closed' ? load.concurrency : load.inFlightMax;
}

/** Rate up to which spinning pays: above it the event loop is busy anyway. */
export const PRECISE_RATE_MAX = 500;

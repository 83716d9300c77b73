import type { AuditReading } from '../../load/audit-probe.ts';
import type { AuditItem, GeneratorAudit } from '../result/result-evidence.ts';

/** Beyond this share of one core the generator's own queueing shows in the tail. */
const CLIENT_CORES_MAX = 0.6;
/** Delays up to these are timers, garbage collection and neighbours on a small machine, not overload. */
const DELAY_MS_FLOOR = { mean: 2, p99: 10 };
/** A request passes the event loop twice before its first token is seen: when sent, and then. */
const TURNS = 2;

/** What the generator may add without changing what is found. */
export interface Tolerance {
  /** On average, as TTFT of cached prompts × margin. */
  meanMs: number;
  /** Now and then. */
  p99Ms: number;
}

/** Judges the generator by its own traces. */
export function auditItems(reading: AuditReading, tolerance: Tolerance): AuditItem[] {
  return [
    limited('client-cpu', 'CPU the generator used', {
      value: reading.clientCores,
      unit: 'cores',
      limit: CLIENT_CORES_MAX,
    }),
    limited('event-loop-delay-mean', 'Event loop delay, mean', {
      value: reading.eventLoopDelayMsMean,
      unit: 'ms',
      limit: Math.max(DELAY_MS_FLOOR.mean, tolerance.meanMs / TURNS),
    }),
    limited('event-loop-delay-p99', 'Event loop delay p99', {
      value: reading.eventLoopDelayMsP99,
      unit: 'ms',
      limit: Math.max(DELAY_MS_FLOOR.p99, tolerance.p99Ms),
    }),
    {
      id: 'foreign-cpu',
      label: 'CPU everybody else on this machine used',
      value: reading.foreignCores ?? null,
      unit: 'cores',
      limit: null,
      outcome: reading.foreignCores === undefined ? 'unknown' : 'ok',
    },
  ];
}

function limited(
  id: string,
  label: string,
  { value, unit, limit }: { value: number; unit: string; limit: number },
): AuditItem {
  return { id, label, value, unit, limit, outcome: value > limit ? 'exceeded' : 'ok' };
}

export function auditOf(items: readonly AuditItem[]): GeneratorAudit | null {
  if (items.length === 0) return null;
  return { items: [...items], isTrustworthy: items.every((it) => it.outcome !== 'exceeded') };
}

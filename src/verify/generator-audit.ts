import type { AuditReading } from '../load/audit-probe.ts';
import type { AuditItem, GeneratorAudit } from './result-evidence.ts';

/** Beyond this share of one core the generator's own queueing shows in the tail. */
const CLIENT_CORES_MAX = 0.85;
/** Delays up to this are timers and garbage collection, not overload. */
const DELAY_MS_FLOOR = 10;

/**
 * Judges the generator by its own traces.
 * @param tolerableMs delay that would not change the result
 */
export function auditItems(reading: AuditReading, tolerableMs: number): AuditItem[] {
  return [
    limited('client-cpu', 'CPU the generator used', {
      value: reading.clientCores,
      unit: 'cores',
      limit: CLIENT_CORES_MAX,
    }),
    limited('event-loop-delay-p99', 'Event loop delay p99', {
      value: reading.eventLoopDelayMsP99,
      unit: 'ms',
      limit: Math.max(DELAY_MS_FLOOR, tolerableMs),
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

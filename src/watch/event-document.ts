import type { WatchEvent } from './watcher.ts';

/** One event as machines read it, on stdout and as the body of a webhook. */
export interface EventDocument {
  schema: 'kvcache.watch-event/v1';
  /** ISO 8601. */
  at: string;
  kind: WatchEvent['kind'];
  alert: string;
  severity: string;
  /** Null: the fleet as a whole. */
  engine: string | null;
  sentence: string;
  evidence: string;
  /** Ids in docs/verify.md's table of causes, likeliest first; empty: it is its own cause. */
  causes: readonly string[];
  remedy: string;
}

export function eventDocument(
  { kind, alert, subject, evidence }: WatchEvent,
  wallMs: number,
): EventDocument {
  return {
    schema: 'kvcache.watch-event/v1',
    at: new Date(wallMs).toISOString(),
    kind,
    alert: alert.id,
    severity: alert.severity,
    engine: subject === '' ? null : subject,
    sentence: alert.sentence(subject),
    evidence,
    causes: alert.causes,
    remedy: alert.remedy,
  };
}

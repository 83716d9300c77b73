import type { Bucket } from '../bucket.ts';
import { BUCKETS_PER_WINDOW, type Deviation } from '../tracker.ts';

/** What an alert may look at, at the end of a bucket. */
export interface View {
  /** Of the last window, oldest first. */
  buckets: readonly Bucket[];
  engineIds: readonly string[];
  /** That no alert above accounts for. */
  deviations: readonly Deviation[];
}

/** An alert that holds now. */
export interface Raised {
  /** An engine's id, or '' for the fleet. */
  subject: string;
  /** What was seen. */
  evidence: string;
}

/** One row of the table of alerts: one silent way for routing to stop working. */
export interface AlertRow {
  id: string;
  severity: 'critical' | 'warning' | 'info';
  /** What happened, as a fact; `subject` is an engine's id, or '' for the fleet. */
  sentence: (subject: string) => string;
  remedy: string;
  /** Ids in verify's table of causes that may lie behind it, likeliest first. */
  causes: readonly string[];
  holds: (view: View) => readonly Raised[];
  /** Ids of the series it accounts for: of the fleet, and of the engine it is about or of all. */
  explains: readonly string[];
}

/** What follows when requests go elsewhere, or find less there. */
export const CONSEQUENCES: readonly string[] = [
  'hit-rate',
  'engine-hit-rate',
  'external-hit-rate',
  'request-share',
  'ttft',
  'preemptions',
  'found',
  'probe',
];

/** The deviations of one series. */
export function ofSeries({ deviations }: View, seriesId: string): Deviation[] {
  return deviations.filter(({ series }) => series.id === seriesId);
}

/** It lasts longer than it takes to be seen: whatever explains it better has been seen too. */
export function isCertain({ buckets }: Deviation): boolean {
  return buckets > BUCKETS_PER_WINDOW;
}

/** For alerts that are nothing but one series that deviates. */
export function raisedBy(seriesId: string): AlertRow['holds'] {
  return (view) =>
    ofSeries(view, seriesId).map((it) => ({ subject: it.subject, evidence: evidenceOf(it) }));
}

export function evidenceOf({ series, value, usual, than }: Deviation): string {
  return `${series.name}: ${shown(value, series.unit)}, ${than} ${shown(usual, series.unit)}`;
}

function shown(value: number, unit: Deviation['series']['unit']): string {
  return unit === 'share' ? `${Math.round(100 * value)} %` : `×${value.toFixed(2)}`;
}

import { type CapacityReport, REPORT_SCHEMA } from './model.ts';

/** What is known of a search before its first request. */
export type CapacityHead = Pick<
  CapacityReport,
  'title' | 'version' | 'startedAt' | 'seed' | 'comparable'
>;

/** What it came to. */
export type CapacityEnd = Pick<
  CapacityReport,
  'outcome' | 'exitCode' | 'isPartial' | 'stopReason' | 'durationMs' | 'checks' | 'result'
>;

/** A search for the most that is carried, as a report. Requests of one rate say nothing of another: the log has them. */
export function capacityReport(head: CapacityHead, end: CapacityEnd): CapacityReport {
  return {
    schema: REPORT_SCHEMA,
    kind: 'capacity',
    samples: [],
    ...head,
    ...end,
  };
}

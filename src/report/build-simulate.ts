import { REPORT_SCHEMA, type SimulateReport } from './model.ts';

/** A simulation as a report. */
export function simulateReport(
  run: Omit<SimulateReport, 'schema' | 'kind' | 'title' | 'stopReason'>,
): SimulateReport {
  return {
    schema: REPORT_SCHEMA,
    kind: 'simulate',
    title: 'kvcache simulate',
    stopReason: run.isPartial ? 'Stopped by the user.' : null,
    ...run,
  };
}

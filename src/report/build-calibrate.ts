import type { Sample } from '../load/sample.ts';
import { type CalibrateReport, REPORT_SCHEMA } from './model.ts';
import { reportSample } from './report-sample.ts';

type Run = Omit<CalibrateReport, 'schema' | 'kind' | 'title' | 'stopReason' | 'samples'>;

/** A calibration as a report. */
export function calibrateReport({
  samples,
  ...run
}: Run & { samples: readonly Sample[] }): CalibrateReport {
  const measured = samples.filter(({ phase }) => phase === 'measure');
  return {
    schema: REPORT_SCHEMA,
    kind: 'calibrate',
    title: 'kvcache calibrate',
    stopReason: run.isPartial ? 'Stopped by the user.' : null,
    ...run,
    samples: measured.map((it) => reportSample(it)),
  };
}

import type { Check, Outcome } from '../base/outcome.ts';
import { VERSION } from '../base/version.ts';
import { REPORT_SCHEMA, type RunReport } from './model.ts';

export interface FinishedRun {
  scenario: string;
  outcome: Outcome;
  exitCode: number;
  checks: readonly Check[];
  startedAt: string;
  durationMs: number;
  /** The run's own document; members without a value are dropped. */
  detail: object;
}

/** A scenario's run as a report. Its few requests stand in `detail`; they are no statistics. */
export function runReport(run: FinishedRun): RunReport {
  const { scenario, outcome, exitCode, checks, startedAt, durationMs } = run;
  return {
    schema: REPORT_SCHEMA,
    kind: 'run',
    title: `kvcache run ${scenario}`,
    version: VERSION,
    outcome,
    exitCode,
    isPartial: false,
    stopReason: null,
    startedAt,
    durationMs,
    seed: null,
    comparable: { scenario },
    checks: [...checks],
    samples: [],
    result: { scenario, detail: JSON.parse(JSON.stringify(run.detail)) as Record<string, unknown> },
  };
}

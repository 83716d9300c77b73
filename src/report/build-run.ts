import type { Check, Outcome } from '../base/outcome.ts';
import { VERSION } from '../base/version.ts';
import { stepsOf } from './run-table.ts';
import { REPORT_SCHEMA, type ReportSample, type RunReport } from './model.ts';

export interface FinishedRun {
  scenario: string;
  outcome: Outcome;
  exitCode: number;
  checks: readonly Check[];
  startedAt: string;
  durationMs: number;
  /** Null where nothing was random. */
  seed: number | null;
  samples: readonly ReportSample[];
  /** The run's own document; members without a value are dropped. */
  detail: object;
}

/** A scenario's run as a report. */
export function runReport(run: FinishedRun): RunReport {
  const { scenario, outcome, exitCode, checks, startedAt, durationMs, seed, samples } = run;
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
    seed,
    comparable: { scenario },
    checks: [...checks],
    samples: [...samples],
    result: {
      scenario,
      steps: stepsOf(samples),
      detail: JSON.parse(JSON.stringify(run.detail)) as Record<string, unknown>,
    },
  };
}

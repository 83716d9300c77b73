import type { Check, Outcome } from '../base/outcome.ts';
import { VERSION } from '../base/version.ts';
import type { PromptsResult } from '../prompts/result.ts';
import { type PromptsReport, REPORT_SCHEMA } from './model.ts';

/** What the prompts of a file come to, as a report. Nothing was measured: the same file gives the same report. */
export function promptsReport(
  title: string,
  result: PromptsResult,
  judged: { outcome: Outcome; exitCode: number; checks: readonly Check[] },
): PromptsReport {
  const { outcome, exitCode, checks } = judged;
  return {
    schema: REPORT_SCHEMA,
    kind: 'prompts',
    title,
    version: VERSION,
    outcome,
    exitCode,
    isPartial: false,
    stopReason: null,
    startedAt: null,
    durationMs: null,
    seed: null,
    comparable: { tokenizer: result.tokenizer.name },
    checks: [...checks],
    samples: [],
    result,
  };
}

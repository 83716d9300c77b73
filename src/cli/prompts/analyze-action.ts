import { promptsReport } from '../../report/build-prompts.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import { promptsDocument } from './document.ts';
import { type CountingFlags, type ReadingFlags, resultOf } from './reading.ts';

export interface AnalyzeFlags extends ReadingFlags, CountingFlags, OutputFlags, ReporterFlags {
  file: string;
}

/** `kvcache prompts analyze FILE`: shows, and judges nothing. */
export async function analyze(flags: AnalyzeFlags, context: CliContext): Promise<ExitCode> {
  const reports = planReports(flags, context);
  const result = await resultOf(flags.file, flags, context);
  const judged = { outcome: 'pass', exitCode: ExitCode.pass, checks: [] } as const;
  const report = promptsReport('kvcache prompts analyze', result, judged);
  await deliverReports(report, reports, { flags, context });
  if (flags.json) context.stdout.write(promptsDocument(report));
  return ExitCode.pass;
}

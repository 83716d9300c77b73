import { printableJson } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { readReport } from '../../report/rebuild.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';

export interface ReportFlags extends OutputFlags, ReporterFlags {
  source: string;
}

/** `kvcache report SOURCE`: the exit code is the run's own. */
export async function showReport(flags: ReportFlags, context: CliContext): Promise<ExitCode> {
  const reports = planReports(flags, context);
  const report = await readReport(resolve(context.cwd, flags.source));
  await deliverReports(report, reports, { flags, context });
  if (flags.json) context.stdout.write(`${printableJson(report)}\n`);
  return report.exitCode as ExitCode;
}

import { promptsReport } from '../../report/build-prompts.ts';
import type { CliContext } from '../shell/context.ts';
import { refuseUnemitted } from '../shell/emit/unemitted.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import { shardOf } from '../shell/shard-flag.ts';
import { promptsDocument } from './document.ts';
import type { AnalyzeFlags } from './flags.ts';
import { resultOf } from './reading.ts';

/** `kvcache prompts analyze FILE`: shows, and judges nothing. */
export async function analyze(flags: AnalyzeFlags, context: CliContext): Promise<ExitCode> {
  const reports = planReports(flags, context);
  if (flags.emit !== undefined) return (await import('./emit.ts')).emitAnalysis(flags, context);
  refuseUnemitted(flags);
  const shard = flags.shard === undefined ? undefined : shardOf(flags.shard);
  const result = await resultOf(flags.file, flags, context, shard);
  const judged = { outcome: 'pass', exitCode: ExitCode.pass, checks: [] } as const;
  const report = promptsReport('kvcache prompts analyze', result, judged);
  await deliverReports(report, reports, { flags, context });
  if (flags.json) context.stdout.write(promptsDocument(report));
  return ExitCode.pass;
}

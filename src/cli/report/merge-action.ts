import { printableJson } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { mergeReports } from '../../report/merge.ts';
import { readReport } from '../../report/rebuild.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';

export interface MergeFlags extends OutputFlags, ReporterFlags {
  shards: string[];
}

/** `kvcache report merge SHARD…`: the exit code is that of the worst shard. */
export async function mergeShards(flags: MergeFlags, context: CliContext): Promise<ExitCode> {
  const reports = planReports(flags, context);
  const shards = [];
  for (const shard of flags.shards) shards.push(await readReport(resolve(context.cwd, shard)));
  const merged = mergeReports(shards, flags.shards);
  await deliverReports(merged, reports, { flags, context });
  if (flags.json) context.stdout.write(`${printableJson(merged)}\n`);
  return merged.exitCode as ExitCode;
}

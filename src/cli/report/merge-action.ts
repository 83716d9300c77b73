import { printableJson } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { mergeReports } from '../../report/merge.ts';
import { mergeSimulations } from '../../report/merge-simulate.ts';
import { readReport } from '../../report/rebuild.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';

export interface MergeFlags extends OutputFlags, ReporterFlags {
  shards: string[];
}

/** `kvcache report merge SHARD…`: of loads the exit code is that of the worst, the shards of a simulation are judged together. */
export async function mergeShards(flags: MergeFlags, context: CliContext): Promise<ExitCode> {
  const reports = planReports(flags, context);
  const shards = [];
  for (const shard of flags.shards) shards.push(await readReport(resolve(context.cwd, shard)));
  const simulations = shards.filter((it) => it.kind === 'simulate');
  const merged =
    simulations.length > 0 && simulations.length === shards.length
      ? mergeSimulations(simulations, flags.shards, exitCodeOfOutcome)
      : mergeReports(shards, flags.shards);
  await deliverReports(merged, reports, { flags, context });
  if (flags.json) context.stdout.write(`${printableJson(merged)}\n`);
  return merged.exitCode as ExitCode;
}

import { printableJson } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { mergeReports } from '../../report/merge.ts';
import type { LoadReport, PromptsReport, Report, SimulateReport } from '../../report/model.ts';
import { findSource, isShardLog, readReport } from '../../report/rebuild.ts';
import { mergePrompts } from '../../report/merge-prompts.ts';
import { mergeSimulations } from '../../report/merge-simulate.ts';
import { mergeShards as mergePlan } from '../../report/shards/merge-shards.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';

export interface MergeFlags extends OutputFlags, ReporterFlags {
  shards: string[];
}

/** `kvcache report merge SHARD…`: of the shards of one plan, simulation or analysis the whole is judged, of other loads the worst counts. */
export async function mergeShards(flags: MergeFlags, context: CliContext): Promise<ExitCode> {
  const plan = planReports(flags, context);
  const merged = await mergedOf(flags.shards, context);
  await deliverReports(merged, plan, { flags, context });
  if (flags.json) context.stdout.write(`${printableJson(merged)}\n`);
  return merged.exitCode as ExitCode;
}

async function mergedOf(
  names: readonly string[],
  { cwd }: CliContext,
): Promise<LoadReport | PromptsReport | SimulateReport> {
  const sources = [];
  for (const source of names)
    sources.push({ source, path: await findSource(resolve(cwd, source)) });
  if (sources.some(({ path }) => isShardLog(path))) {
    return (await mergePlan(sources, exitCodeOfOutcome)).report;
  }
  const reports: Report[] = [];
  for (const { path } of sources) reports.push(await readReport(path));
  if (areAll(reports, 'simulate')) return mergeSimulations(reports, names, exitCodeOfOutcome);
  if (areAll(reports, 'prompts')) return mergePrompts(reports, names);
  return mergeReports(reports, names);
}

function areAll<K extends Report['kind']>(
  reports: readonly Report[],
  kind: K,
): reports is Extract<Report, { kind: K }>[] {
  return reports.length > 0 && reports.every((it) => it.kind === kind);
}

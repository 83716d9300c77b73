import { existsSync, readdirSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { loadError } from '../../load/errors.ts';
import { type Merged, mergeShards, type ShardSource } from '../../report/shards/merge-shards.ts';
import { makeFolder } from '../../supervise/make-folder.ts';
import type { WorkDir } from '../../supervise/work-dir.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome, exitCodeOfStop } from '../shell/exit-codes.ts';
import { inWorkDir } from '../shell/in-work-dir.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import { writeDocument } from './document.ts';
import { LOAD_PLAN, type LoadFlags } from './flags.ts';
import { planFile } from '../shell/plan-file.ts';
import { type LoadSettings, partOfLoad } from './settings.ts';
import { partOfFlag } from './shard-settings.ts';
import { runShards } from './shard-processes.ts';
import { resolveTarget } from './target.ts';

/** `kvcache load --processes N`: N shards of the plan as processes of ours, merged and reported once. */
export async function loadByProcesses(
  flags: LoadFlags,
  settings: LoadSettings,
  context: CliContext,
): Promise<ExitCode> {
  refuseTooMany(flags, settings);
  const reports = planReports(flags, context);
  // Whatever is wrong with the target is said once, and in the words of a run in one process.
  const target = await resolveTarget(flags, context);
  await target.close();
  const play = async (workDir: WorkDir): Promise<Merged> => {
    const shards = placesOf(flags, workDir, { folder: reports.folder, cwd: context.cwd });
    const config = join(workDir.path, 'run.yaml');
    const plan = planFile(LOAD_PLAN, { ...flags, model: target.model, runId: settings.runId });
    await writeFile(config, JSON.stringify(plan), { mode: 0o600 });
    const tell = (text: string): void =>
      void (flags.quiet || context.stderr.write(`${shards.length} processes ${text}\n`));
    tell('prepare their prompts');
    try {
      await runShards({ shards, config, workDir: workDir.path, tell }, context);
    } finally {
      // It may hold secrets, and the rest is kept when something goes wrong.
      await rm(config, { force: true });
    }
    const merged = await mergeShards(shards, exitCodeOfOutcome);
    await workDir.remove();
    return stoppedOr(merged, context.signal);
  };
  const { head, end, found, report } = await inWorkDir('kvcache-load', play, {
    flags: {},
    context,
  });
  await deliverReports(report, reports, { flags, context });
  if (flags.json) writeDocument(head, end, { samples: null, ...found }, context);
  return end.exitCode as ExitCode;
}

/** Said by one process, before any is started. @throws KvcacheError FLAG_INVALID (kind usage) */
function refuseTooMany({ processes }: LoadFlags, { load, requests }: LoadSettings): void {
  const all = { index: 0, of: processes! };
  partOfLoad(load, all);
  if (requests !== undefined) partOfFlag('--requests', requests, all);
}

const EXISTS = 'The sample file cannot be written: it exists.';

/** Where each shard keeps its samples: beside the file or in the folder that was asked for, else nowhere for long. */
function placesOf(
  { samples, processes }: LoadFlags,
  workDir: WorkDir,
  { folder, cwd }: { folder: string | undefined; cwd: string },
): ShardSource[] {
  const asked = samples === undefined ? undefined : parse(resolve(cwd, samples));
  const home = asked?.dir ?? folder ?? workDir.path;
  const { name, ext } = asked ?? { name: 'samples', ext: '.ndjson' };
  makeFolder(home);
  if (asked === undefined && folder !== undefined) removeEarlier(folder);
  return Array.from({ length: processes! }, (_, index) => {
    const path = join(home, `${name}.${index}${ext}`);
    if (existsSync(path)) throw loadError('SAMPLES_UNWRITABLE', { message: EXISTS, where: path });
    return { path, source: `process ${index}` };
  });
}

/** The logs of an earlier run would be taken for what the reports beside them say. */
function removeEarlier(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^samples(\.\d+)?\.ndjson$/.test(name)) rmSync(join(folder, name));
  }
}

/** Told to stop, the whole is what was measured until then, and no verdict. */
function stoppedOr(merged: Merged, signal: AbortSignal): Merged {
  if (!signal.aborted) return merged;
  const stopped = {
    isPartial: true,
    stopReason: 'Stopped by the user.',
    exitCode: exitCodeOfStop(signal),
  };
  const { end, report } = merged;
  return { ...merged, end: { ...end, ...stopped }, report: { ...report, ...stopped } };
}

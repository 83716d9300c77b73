import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse, resolve } from 'node:path';
import { aborted } from '../../base/clock.ts';
import { Barrier } from '../../load/shard/barrier.ts';
import { createBarrierServer } from '../../load/shard/barrier-server.ts';
import { shardName } from '../../load/shard/shard.ts';
import { closeGracefully, listen } from '../../net/listen.ts';
import { type Merged, mergeShards, type ShardSource } from '../../report/shards/merge-shards.ts';
import { loadProgram } from '../../stack/programs.ts';
import { type Child, childDied, type ExitInfo, startChild } from '../../supervise/child.ts';
import { makeFolder } from '../../supervise/make-folder.ts';
import { makeWorkDir, type WorkDir } from '../../supervise/work-dir.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome, exitCodeOfStop } from '../shell/exit-codes.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import { writeDocument } from './document.ts';
import type { LoadFlags } from './flags.ts';
import { planFile } from './plan-file.ts';
import { type LoadSettings, partOfLoad } from './settings.ts';
import { resolveTarget } from './target.ts';

/** From the last process's arrival to the start, on one machine. */
const LEAD_MS = 500;
/** To end what is under way and write the log's end. */
const GRACE_MS = 10_000;

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
  const workDir = await makeWorkDir({
    requested: undefined,
    tempRoot: tmpdir(),
    prefix: 'kvcache-load',
  });
  try {
    const shards = placesOf(flags, workDir, { folder: reports.folder, cwd: context.cwd });
    const config = join(workDir.path, 'run.yaml');
    const plan = planFile({ ...flags, model: target.model, runId: settings.runId });
    await writeFile(config, JSON.stringify(plan), { mode: 0o600 });
    const tell = (text: string): void =>
      void (flags.quiet || context.stderr.write(`${shards.length} processes ${text}\n`));
    tell('prepare their prompts');
    await runShards({ shards, config, workDir: workDir.path, tell }, context);
    const merged = stoppedOr(await mergeShards(shards, exitCodeOfOutcome), context.signal);
    await deliverReports(merged.report, reports, { flags, context });
    if (flags.json) {
      writeDocument(merged.head, merged.end, { samples: null, ...merged.found }, context);
    }
    return merged.end.exitCode as ExitCode;
  } finally {
    await workDir.remove();
  }
}

/** Said by one process, before any is started. @throws KvcacheError FLAG_INVALID (kind usage) */
function refuseTooMany({ processes }: LoadFlags, { load }: LoadSettings): void {
  partOfLoad(load, { index: 0, of: processes! });
}

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
  return Array.from({ length: processes! }, (_, index) => {
    const path = join(home, `${name}.${index}${ext}`);
    return { path, source: `process ${index}` };
  });
}

interface ShardsRun {
  shards: readonly ShardSource[];
  /** The file with the flags of all. */
  config: string;
  workDir: string;
  tell: (text: string) => void;
}

/**
 * Resolves when all have ended, by themselves or because we were told to stop.
 * @throws KvcacheError CHILD_DIED, CHILD_NOT_STARTED (kind target) when one ends before the common start
 */
async function runShards(run: ShardsRun, context: CliContext): Promise<void> {
  const { clock, signal } = context;
  const onStart = (): void => run.tell('begin together');
  const barrier = new Barrier(clock, LEAD_MS, { onStart });
  const server = createBarrierServer(barrier);
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'barrier');
  const children: Child[] = [];
  try {
    for (const index of run.shards.keys()) children.push(startShard(run, { index, url }, context));
    const early = await ended(children, barrier, signal);
    if (early) throw await childDied(early.child, early.exit);
  } finally {
    await Promise.all(children.map((it) => it.stop()));
    await closeGracefully(server, 0);
  }
}

function startShard(
  { shards, config, workDir }: ShardsRun,
  { index, url }: { index: number; url: string },
  { cwd, env, nodePath, clock }: CliContext,
): Child {
  const name = shardName({ index, of: shards.length });
  const args = [
    `--config=${config}`,
    `--shard=${name}`,
    `--barrier=${url}`,
    `--samples=${shards[index]!.path}`,
    '--quiet',
  ];
  const spec = {
    role: `load process ${index}`,
    program: loadProgram(args),
    cwd,
    env,
    graceMs: GRACE_MS,
    logPath: join(workDir, `process-${index}.log`),
  };
  return startChild(spec, nodePath, clock);
}

interface Early {
  child: Child;
  exit: ExitInfo;
}

/** Undefined when all have ended, or we were told to stop; else one that the others would wait for in vain. */
async function ended(
  children: readonly Child[],
  barrier: Barrier,
  signal: AbortSignal,
): Promise<Early | undefined> {
  let early: Early | undefined;
  const noMoreOf = async (child: Child): Promise<void> => {
    const exit = await child.exited;
    if (!barrier.hasStarted) early ??= { child, exit };
    else await Promise.all(children.map((it) => it.exited));
  };
  await Promise.race([aborted(signal), ...children.map(noMoreOf)]);
  return signal.aborted ? undefined : early;
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

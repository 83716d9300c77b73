import { join } from 'node:path';
import { aborted } from '../../base/clock.ts';
import { Barrier } from '../../load/shard/barrier.ts';
import { createBarrierServer } from '../../load/shard/barrier-server.ts';
import { shardName } from '../../base/shard.ts';
import { closeGracefully, listen } from '../../net/listen.ts';
import type { ShardSource } from '../../report/shards/merge-shards.ts';
import { loadProgram } from '../../stack/programs.ts';
import { type Child, childDied, type ExitInfo, startChild } from '../../supervise/child.ts';
import type { CliContext } from '../shell/context.ts';

/** From the last process's arrival to the start, on one machine. */
const LEAD_MS = 1_000;
/** To end what is under way and write the log's end. */
const GRACE_MS = 10_000;

/** The processes of one load. */
export interface ShardsRun {
  shards: readonly ShardSource[];
  /** The file with the flags of all. */
  config: string;
  workDir: string;
  tell: (text: string) => void;
}

/**
 * Resolves when all have ended, by themselves or because we were told to stop.
 * @throws KvcacheError CHILD_DIED, CHILD_NOT_STARTED (kind target) when one ends before the common start; the signal's reason when aborted before
 */
export async function runShards(run: ShardsRun, context: CliContext): Promise<void> {
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
    // Told to stop before anything was sent, there is nothing to report.
    if (!barrier.hasStarted) signal.throwIfAborted();
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

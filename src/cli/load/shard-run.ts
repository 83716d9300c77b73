import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Clock, sleep } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { Barrier } from '../../load/shard/barrier.ts';
import { createBarrierServer } from '../../load/shard/barrier-server.ts';
import { loadError } from '../../load/errors.ts';
import type { PlanCut } from '../../load/shard/plan-cut.ts';
import { planPrint } from '../../load/shard/plan-print.ts';
import { meet, type Start } from '../../load/shard/rendezvous.ts';
import { shardName } from '../../base/shard.ts';
import type { ShardFacts } from '../../load/shard/shard-facts.ts';
import { waitUntil } from '../../load/wait.ts';
import type { Workload } from '../../load/workload.ts';
import { closeGracefully, listen } from '../../net/listen.ts';
import type { LoadJob } from './job.ts';
import { dataIn } from './settings.ts';
import type { ShardSettings } from './shard-settings.ts';

/** A shard whose time has come. */
export interface Begun extends AsyncDisposable {
  facts: ShardFacts;
  /** The common start on our monotonic clock. */
  originMs: number;
  /** How long after it we are ready to send. */
  beganMs: number;
}

/** From the last shard's arrival to the start: each asks several times a second, and compares clocks then. */
const LEAD_MS = 2_000;
/** Later than this a shard would send what is overdue in one burst, which is no part of the plan. */
const LATE_MS_MAX = 100;
/** A timer gets so close; the rest is spun away. */
const SPIN_FROM_MS = 5;

/**
 * Waits for the others, and for the moment to begin.
 * @throws KvcacheError SHARD_EMPTY (kind usage), SHARD_LATE (kind invalid), and as `meet` and `listen`; the signal's reason
 */
export async function begin(
  job: LoadJob,
  { workload, cut }: { workload: Workload; cut: PlanCut },
): Promise<Begun> {
  const { settings, context, log } = job;
  const { clock, signal } = context;
  const { shard, start: how } = settings.sharding!;
  const name = shardName(shard);
  if (!cut.hasAny)
    throw loadError('SHARD_EMPTY', { message: `Nothing of the plan is left for shard ${name}.` });
  const plan = printOf(job, workload);
  const server = await serveBarrier(how, { plan, of: shard.of }, clock);
  const close = async (): Promise<void> =>
    void (server && (await closeGracefully(server.server, 0)));
  try {
    const start =
      how.kind === 'time'
        ? atTime(how.startAtMs, clock)
        : await meet({ ...how, url: server?.url ?? how.url, shard, plan, clock, signal });
    const { startAtMs, originMs } = start;
    const facts = { ...shard, plan, startAtMs, clock: start.clock, bootId: bootId() };
    log?.note({ shard: facts });
    await sleep(clock, originMs - SPIN_FROM_MS - clock.nowMs(), signal);
    await waitUntil(clock, originMs, true).done;
    const beganMs = clock.nowMs() - originMs;
    if (beganMs > LATE_MS_MAX) throw late(job, name, beganMs);
    return { facts, originMs, beganMs, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serveBarrier(
  how: ShardSettings['start'],
  ours: { plan: string; of: number },
  clock: Clock,
) {
  if (how.kind === 'time' || how.listenAt === undefined) return undefined;
  const server = createBarrierServer(new Barrier(clock, LEAD_MS, ours));
  const { url } = await listen(server, how.listenAt, 'barrier');
  return { server, url };
}

function atTime(startAtMs: number, clock: Clock): Start {
  return { startAtMs, originMs: clock.nowMs() + startAtMs - clock.wallMs(), clock: null };
}

/** Everything that decides what is sent, when and where; of files their contents, wherever they lie. */
function printOf({ flags, settings, head, context }: LoadJob, workload: Workload): string {
  const { version, runId, seed, target, comparable, thresholds } = head;
  const [trace, file] = [flags.trace, flags.file].map(
    (path) => path && digest(dataIn(path, context.cwd)),
  );
  const { load, requests } = settings;
  const whole = {
    version,
    runId,
    seed,
    target,
    comparable: { ...comparable, trace, file },
    thresholds,
    requests,
    durationMs: flags.duration,
    maxErrorRate: flags.maxErrorRate,
    of: settings.sharding!.shard.of,
  };
  const pacer = load.kind === 'open' ? load.pacer : undefined;
  return planPrint(whole, { next: workload.again(), pacer });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The log says so too: whoever merges the shards must not take it for killed. */
function late({ log }: LoadJob, name: string, byMs: number) {
  const message = `Shard ${name} was ready ${formatDuration(byMs)} after the common start, and sent nothing.`;
  const said = { outcome: 'invalid', exitCode: 5, isPartial: true, stopReason: message };
  log?.end({ ...said, checks: [], prompts: null, audit: [] });
  return loadError('SHARD_LATE', { message });
}

/** See random(4); null where there is no such file. */
function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

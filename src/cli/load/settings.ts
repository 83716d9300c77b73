import { resolve } from 'node:path';
import { alternatives } from '../../base/alternatives.ts';
import { parseDuration } from '../../base/duration.ts';
import { readTextFile, TEXT_BYTES_MAX } from '../../base/text-file.ts';
import { LOAD_METRICS } from '../../load/metrics.ts';
import { constantPacer, poissonPacer, type Stage, stagesPacer } from '../../load/pacer.ts';
import { type ClosedLoad, type OpenLoad, PRECISE_RATE_MAX } from '../../load/plan.ts';
import { parsePromptFile } from '../../load/prompt-file.ts';
import type { Shard } from '../../base/shard.ts';
import { tracePacer, tracePrompts } from '../../load/trace.ts';
import type { WorkloadSpec } from '../../load/workload.ts';
import { parseThreshold, type Threshold } from '../../stats/threshold.ts';
import { traceInvalid } from '../../traces/errors.ts';
import { readTrace } from '../../traces/read-trace.ts';
import type { Trace } from '../../traces/trace.ts';
import { cliError } from '../shell/errors.ts';
import { flagInvalid } from '../shell/flag-invalid.ts';
import { partOfFlag, type ShardSettings, shardSettings } from './shard-settings.ts';
import { LOAD_FLAGS, type LoadFlags } from './flags.ts';

/** The flags after reading files and checking everything that can be checked before a request. */
export interface LoadSettings {
  runId: string;
  load: ClosedLoad | OpenLoad;
  /** Requests per second asked for; undefined in a closed loop and where it varies. */
  requests: number | undefined;
  /** How long its schedule is; undefined where a bound alone ends it. */
  spanMs: number | undefined;
  /** Requests of the warm-up, and how they are sent: as fast as was asked for, no faster. */
  warmup: number;
  warmupLoad: ClosedLoad | OpenLoad;
  workload: WorkloadSpec;
  /** Where arrivals and prompts come from one. */
  trace: Trace | undefined;
  thresholds: Threshold[];
  /** Undefined in one process. `requests`, `warmup` and due times are the whole plan's all the same. */
  sharding: ShardSettings | undefined;
}

const REQUESTS_DEFAULT = 960;
const WARMUP_MAX = 64;
/** What a mix may consist of. */
const SINGLE_WORKLOADS = LOAD_FLAGS.workload.schema.oneOf!.filter((kind) => kind !== 'mixed');
/** In an open loop: this long at the rate asked for. */
const WARMUP_SECONDS = 2;

/** @throws KvcacheError THRESHOLD_INVALID, FLAG_INVALID, TRACE_INVALID, PROMPT_FILE_INVALID (kind usage), and as `readTextFile` */
export function loadSettings(
  flags: LoadFlags,
  surroundings: { cwd: string; freshId: string },
): LoadSettings {
  if (flags.slo.length > 0 && flags.find === undefined) {
    const remedy = 'Add --find rate, or judge this one load with --threshold.';
    throw cliError('FLAG_INVALID', { message: '--slo needs --find.', remedy });
  }
  const thresholds = flags.threshold.map((text) => parseThreshold(text, LOAD_METRICS));
  const runId = flags.runId ?? surroundings.freshId;
  const sharding = shardSettings(flags);
  const { workload, spanMs, ratePerSecond, trace, ...shape } = shapeOf(
    flags,
    runId,
    surroundings.cwd,
  );
  const load = partOfLoad(shape.load, sharding?.shard);
  const requests =
    flags.requests ??
    (spanMs === undefined && flags.duration === undefined ? REQUESTS_DEFAULT : undefined);
  const warmup = flags.warmup ?? warmupOf(shape.load, ratePerSecond, { trace, sharding });
  const warmupLoad = warmupLoadOf(load, warmup, ratePerSecond);
  return {
    runId,
    load,
    requests,
    spanMs,
    warmup,
    warmupLoad,
    workload,
    trace,
    thresholds,
    sharding,
  };
}

/** Of all shards together; `load` is the whole plan's. */
function warmupOf(
  load: LoadSettings['load'],
  ratePerSecond: number,
  { trace, sharding }: Pick<LoadSettings, 'trace' | 'sharding'>,
): number {
  const wanted = load.kind === 'closed' ? 2 * load.concurrency : WARMUP_SECONDS * ratePerSecond;
  const most = WARMUP_MAX * (sharding?.shard.of ?? 1);
  return Math.min(most, Math.ceil(wanted), trace?.rows.length ?? Infinity);
}

function warmupLoadOf(
  load: LoadSettings['load'],
  warmup: number,
  ratePerSecond: number,
): LoadSettings['load'] {
  return load.kind === 'closed'
    ? { kind: 'closed', concurrency: Math.min(load.concurrency, warmup) }
    : { ...load, pacer: constantPacer(ratePerSecond) };
}

/** What is due when stays the whole plan's; what is open at once is divided. */
export function partOfLoad(
  load: LoadSettings['load'],
  shard: Shard | undefined,
): LoadSettings['load'] {
  return load.kind === 'closed'
    ? { ...load, concurrency: partOfFlag('--concurrency', load.concurrency, shard) }
    : { ...load, inFlightMax: partOfFlag('--max-in-flight', load.inFlightMax, shard) };
}

interface Shape {
  load: ClosedLoad | OpenLoad;
  workload: WorkloadSpec;
  spanMs: LoadSettings['spanMs'];
  /** On average over an open loop; 0 in a closed one. */
  ratePerSecond: number;
  trace?: Trace;
}

function shapeOf(flags: LoadFlags, runId: string, cwd: string): Shape {
  if (flags.trace !== undefined) return traceShape(flags, runId, cwd);
  const workload = workloadOf(flags, flags.workload, cwd);
  if (flags.stages !== undefined) {
    const stages = parseStages(flags.stages);
    const peak = Math.max(...stages.map(({ ratePerSecond }) => ratePerSecond));
    const load = openLoad(flags, stagesPacer(stages), peak);
    return { load, workload, ...courseOf(stages) };
  }
  if (flags.rate === undefined) {
    const load = { kind: 'closed', concurrency: flags.concurrency ?? 1 } as const;
    return { load, workload, spanMs: undefined, ratePerSecond: 0 };
  }
  const { rate } = flags;
  const pacer =
    flags.arrivals === 'constant' ? constantPacer(rate) : poissonPacer(rate, flags.seed);
  return { load: openLoad(flags, pacer, rate), workload, spanMs: undefined, ratePerSecond: rate };
}

function traceShape(flags: LoadFlags, runId: string, cwd: string): Shape {
  const path = flags.trace!;
  const trace = readTrace(dataIn(path, cwd), path, flags.tokensPerId);
  const late = trace.rows.find(({ follows }) => follows !== undefined);
  if (late) throw traceInvalid(late.where, ...LATE);
  const { speed } = flags;
  const prompts = tracePrompts(trace, runId);
  const spanMs = Math.max(1, trace.rows.at(-1)!.atMs / speed);
  const ratePerSecond = (trace.rows.length * 1_000) / spanMs;
  return {
    load: openLoad(flags, tracePacer(trace, speed), ratePerSecond),
    trace,
    workload: { kind: 'prompts', prompts, repeat: false },
    spanMs,
    ratePerSecond,
  };
}

const LATE = [
  '"delay" counts from the answer before, which a replay at recorded times has not got',
  'Give the row a timestamp (ms); rows of one session_id wait for each other all the same.',
] as const;

/** How long they take, and their mean rate: each stage moves in a straight line from the rate before it, 0 at first. */
function courseOf(stages: readonly Stage[]): Pick<Shape, 'spanMs' | 'ratePerSecond'> {
  let [requests, spanMs, from] = [0, 0, 0];
  for (const stage of stages) {
    requests += ((from + stage.ratePerSecond) / 2) * (stage.durationMs / 1_000);
    spanMs += stage.durationMs;
    from = stage.ratePerSecond;
  }
  return { spanMs, ratePerSecond: spanMs === 0 ? 0 : (requests * 1_000) / spanMs };
}

function openLoad(flags: LoadFlags, pacer: OpenLoad['pacer'], peakRate: number): OpenLoad {
  const isPrecise = peakRate <= PRECISE_RATE_MAX;
  return { kind: 'open', pacer, inFlightMax: flags.maxInFlight, isPrecise };
}

/** What shapes the prompts. */
export type WorkloadFlags = Pick<
  LoadFlags,
  | 'prompt'
  | 'promptTokens'
  | 'sharedTokens'
  | 'groups'
  | 'reuse'
  | 'turns'
  | 'sessions'
  | 'mix'
  | 'file'
>;

/** @throws KvcacheError FLAG_INVALID, PROMPT_FILE_INVALID (kind usage), and as `readTextFile` */
export function workloadOf(flags: WorkloadFlags, kind: string, cwd: string): WorkloadSpec {
  const { promptTokens, sharedTokens, groups, reuse, turns, sessions } = flags;
  switch (kind) {
    case 'fixed':
      return { kind, prompt: flags.prompt };
    case 'unique':
      return { kind, promptTokens };
    case 'shared-prefix':
      return { kind, promptTokens, sharedTokens, groups, reuse };
    case 'chat':
      return { kind, turnTokens: promptTokens, turns, sessions };
    case 'mixed':
      return mixOf(flags, cwd);
    case 'file':
      return fileOf(flags.file, cwd);
    default:
      throw flagInvalid('--mix', kind, `Use ${alternatives(SINGLE_WORKLOADS)}.`);
  }
}

function fileOf(path: string | undefined, cwd: string): WorkloadSpec {
  if (path === undefined) {
    const message = '--workload file needs --file.';
    throw cliError('FLAG_INVALID', {
      message,
      remedy: 'Name the file with the prompts: --file PATH.',
    });
  }
  const prompts = parsePromptFile(dataIn(path, cwd), path);
  return { kind: 'prompts', prompts, repeat: true };
}

function mixOf(flags: WorkloadFlags, cwd: string): WorkloadSpec {
  const remedy = 'Write KIND=WEIGHT pairs, for example unique=30%,shared-prefix=70%.';
  if (!flags.mix)
    throw cliError('FLAG_INVALID', { message: '--workload mixed needs --mix.', remedy });
  const parts = flags.mix.split(',').map((part) => {
    const [kind = '', weight = ''] = part.split('=').map((text) => text.trim());
    const share = weight.endsWith('%') ? Number(weight.slice(0, -1)) / 100 : Number(weight);
    if (kind === 'mixed' || !(share > 0)) throw flagInvalid('--mix', part, remedy);
    return { weight: share, spec: workloadOf(flags, kind, cwd) };
  });
  return { kind: 'mixed', parts };
}

/** A trace or prompts. */
export function dataIn(path: string, cwd: string): string {
  return readTextFile(resolve(cwd, path), { shown: path, bytesMax: TEXT_BYTES_MAX });
}

function parseStages(text: string): Stage[] {
  return text.split(',').map((part) => {
    const [duration = '', rate = ''] = part.split(':').map((piece) => piece.trim());
    const durationMs = parseDuration(duration);
    const ratePerSecond = rate === '' ? Number.NaN : Number(rate);
    if (durationMs === undefined || durationMs < 0 || !(ratePerSecond >= 0)) {
      throw flagInvalid(
        '--stages',
        part,
        'Write DURATION:RATE pairs, for example 30s:10,60s:40,10s:0.',
      );
    }
    return { durationMs, ratePerSecond };
  });
}

import { aggregate, type PhaseResult } from '../../load/aggregate.ts';
import { type AuditFinding, auditRun } from '../../load/audit.ts';
import { AuditProbe } from '../../load/audit-probe.ts';
import type { PromptCertificate } from '../../load/certificate.ts';
import { createChatClient } from '../../load/chat-client.ts';
import type { LoadEvent } from '../../load/events.ts';
import { type FailureKind, FailureTally } from '../../load/failure-tally.ts';
import { measureCeiling } from '../../load/null-server.ts';
import { connectionsOf, type PhasePlan } from '../../load/plan.ts';
import { requestSource } from '../../load/requests.ts';
import { type PhaseOutcome, type RequestSource, runPhase } from '../../load/run-load.ts';
import { UNLABELLED } from '../../load/sample.ts';
import type { SampleLog } from '../../load/sample-log.ts';
import { SampleTable } from '../../load/sample-table.ts';
import type { ShardFacts } from '../../load/shard/shard-facts.ts';
import { PlanCut } from '../../load/shard/plan-cut.ts';
import { prepareWorkload, type Workload, type WorkloadSpec } from '../../load/workload.ts';
import type { LoadClient } from '../../net/load-client.ts';
import type { LoadEnd } from '../../report/build-load.ts';
import type { Progress } from '../../ui/progress.ts';
import { openProgress } from '../shell/progress.ts';
import type { LoadJob } from './job.ts';
import { begin } from './shard-run.ts';

const CEILING_MS = 200;
const CEILING_CONNECTIONS_MAX = 16;

/** What was measured, before anything is judged. */
export interface Measured {
  outcome: PhaseOutcome;
  samples: SampleTable;
  result: PhaseResult;
  failures: FailureKind[];
  audit: AuditFinding[];
  certificate: PromptCertificate;
  /** Of a shard only. */
  sharded: SentPart | undefined;
}

interface SentPart {
  facts: ShardFacts;
  sent: Required<Pick<LoadEnd, 'beganMs' | 'planned'>>;
}

/** @throws KvcacheError as `begin`, and what making prompts throws */
export async function measure(job: LoadJob): Promise<Measured> {
  const { settings, target, context, log } = job;
  const workload = await prepare(job, settings.workload, settings.runId);
  const connections = connectionsOf(settings.load);
  const ceilingPerSecond = await measureCeiling(context.clock, {
    body: Buffer.from(JSON.stringify({ model: target.model, messages: [] })),
    concurrency: Math.min(connections, CEILING_CONNECTIONS_MAX),
    durationMs: CEILING_MS,
  });
  const phases = settings.warmup > 0 ? ['warmup', 'measure'] : ['measure'];
  const progress = await openProgress({ title: 'load', phases }, job.flags, context);
  const { baseUrl, access } = target;
  const client = createChatClient({ baseUrl, connections, ...access });
  const run = { client, log, progress, originMs: context.clock.nowMs() };
  try {
    await warmUp(job, run);
    return await measurePhase(job, run, { workload, ceilingPerSecond });
  } finally {
    progress.stop();
    await client.close();
  }
}

async function measurePhase(
  job: LoadJob,
  run: Run,
  { workload, ceilingPerSecond }: { workload: Workload; ceilingPerSecond: number | undefined },
): Promise<Measured> {
  const { flags, settings, context, log } = job;
  const { load, requests } = settings;
  const part = partOf(job, workload, { load, requests, durationMs: flags.duration });
  await using begun = part.cut && (await begin(job, { workload, cut: part.cut }));
  const samples = new SampleTable();
  const failures = new FailureTally();
  const probe = new AuditProbe(context.clock);
  const outcome = await probe.during(() =>
    runPhase(
      { ...boundsOf(job, part), labels: UNLABELLED, durationMs: flags.duration },
      {
        ...dependencies(job, run),
        onEvent: (event) => run.progress.onEvent(withSpan(event, settings)),
        ...(begun && { originMs: begun.originMs, startMs: 0 }),
        source: part.source,
        record: (sample) => {
          samples.push(sample);
          failures.take(sample);
          log?.append(sample);
          run.progress.onSample(sample);
        },
      },
    ),
  );
  const reading = probe.reading();
  const result = aggregate(samples, flags.timeout, begun ? 'plan' : 'zero');
  const audit = auditRun({ reading, result, outcome, load, ceilingPerSecond });
  const { certificate } = workload;
  const planned = part.cut?.planned ?? null;
  const sharded = begun && { facts: begun.facts, sent: { beganMs: begun.beganMs, planned } };
  return { outcome, samples, result, failures: failures.kinds, audit, certificate, sharded };
}

/** What this process sends of a plan: all of it, or a shard's part. */
interface Part {
  load: PhasePlan['load'];
  requests: number | undefined;
  source: RequestSource;
  cut: PlanCut | undefined;
}

function partOf(
  { flags, settings, target }: LoadJob,
  { next }: Workload,
  { load, requests, durationMs }: Pick<PhasePlan, 'load' | 'requests' | 'durationMs'>,
): Part {
  const shape = { model: target.model, maxTokens: flags.maxTokens, stream: flags.stream };
  const { sharding } = settings;
  if (!sharding) return { load, requests, source: requestSource(next, shape), cut: undefined };
  const pacer = load.kind === 'open' ? load.pacer : undefined;
  const cut = new PlanCut({ next, pacer, requests, durationMs }, sharding.shard);
  return {
    load: load.kind === 'open' ? { ...load, pacer: cut.pacer } : load,
    requests: undefined,
    source: cut.source(shape),
    cut,
  };
}

function prepare({ flags, target }: LoadJob, spec: WorkloadSpec, runId: string): Promise<Workload> {
  const { tokenize, tokenizer, blockTokens } = target;
  return prepareWorkload(spec, { runId, seed: flags.seed, tokenize, tokenizer, blockTokens });
}

interface Run {
  client: LoadClient;
  log: SampleLog | undefined;
  progress: Progress;
  originMs: number;
}

/** With prompts of its own: a warm-up must not warm the cache for what is measured. */
async function warmUp(job: LoadJob, run: Run): Promise<void> {
  const { settings } = job;
  if (settings.warmup === 0) return;
  const isGiven = settings.workload.kind === 'fixed' || settings.workload.kind === 'prompts';
  const spec: WorkloadSpec = isGiven ? { kind: 'unique', promptTokens: 64 } : settings.workload;
  const workload = await prepare(job, spec, `${settings.runId}/warmup`);
  const { warmupLoad: load, warmup: requests } = settings;
  const part = partOf(job, workload, { load, requests });
  await runPhase(
    { ...boundsOf(job, part), labels: { ...UNLABELLED, phase: 'warmup' } },
    {
      ...dependencies(job, run),
      source: part.source,
      record: (sample) => run.log?.append(sample),
    },
  );
}

/** A schedule that ends by itself says when, too. */
function withSpan(event: LoadEvent, { spanMs }: LoadJob['settings']): LoadEvent {
  if (event.type !== 'phase-started' || spanMs === undefined) return event;
  const { durationMs = Infinity } = event.expected;
  return { ...event, expected: { ...event.expected, durationMs: Math.min(durationMs, spanMs) } };
}

function boundsOf({ flags }: LoadJob, { load, requests }: Part): Omit<PhasePlan, 'labels'> {
  return { load, requests, timeoutMs: flags.timeout, maxErrorRate: flags.maxErrorRate };
}

function dependencies({ context }: LoadJob, { client, log, progress, originMs }: Run) {
  const { clock, signal } = context;
  const onEvent = progress.onEvent.bind(progress);
  return { client, clock, originMs, signal, onEvent, flush: () => log?.flush() };
}

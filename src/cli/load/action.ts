import { printableJson } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { worstOutcome } from '../../base/outcome.ts';
import { redactUrl } from '../../base/origin.ts';
import { VERSION } from '../../base/version.ts';
import { aggregate, type PhaseResult } from '../../load/aggregate.ts';
import { type AuditFinding, auditRun } from '../../load/audit.ts';
import { AuditProbe } from '../../load/audit-probe.ts';
import { CHAT_ROUTE, createChatClient } from '../../load/chat-client.ts';
import type { PromptCertificate } from '../../load/certificate.ts';
import { type FailureKind, FailureTally } from '../../load/failure-tally.ts';
import { checkThreshold } from '../../load/metrics.ts';
import { measureCeiling } from '../../load/null-server.ts';
import { connectionsOf, type PhasePlan } from '../../load/plan.ts';
import { requestSource } from '../../load/requests.ts';
import { type PhaseOutcome, runPhase } from '../../load/run-load.ts';
import { UNLABELLED } from '../../load/sample.ts';
import { SampleLog } from '../../load/sample-log.ts';
import { SampleTable } from '../../load/sample-table.ts';
import { prepareWorkload, type Workload, type WorkloadSpec } from '../../load/workload.ts';
import type { LoadClient } from '../../net/load-client.ts';
import { type LoadEnd, type LoadHead, loadReport } from '../../report/build-load.ts';
import { comparableFlags, type LoadFlags } from './flags.ts';
import type { Progress } from '../../ui/progress.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome, exitCodeOfStop } from '../shell/exit-codes.ts';
import { generatorSound, requestsSucceed } from './checks.ts';
import { type LoadSettings, loadSettings } from './settings.ts';
import { type LoadTarget, resolveTarget } from './target.ts';
import { promptsLine } from './text.ts';
import { openProgress } from '../shell/progress.ts';
import { deliverReports, freshFile, planReports, type ReportPlan } from '../shell/reporters.ts';
import { tellInsecure } from '../shell/insecure.ts';
import { tellWritten } from '../shell/written.ts';

const CEILING_MS = 200;
const CEILING_CONNECTIONS_MAX = 16;

/** `kvcache load`: put load on one server, measure it, judge the generator and the thresholds. */
export async function load(flags: LoadFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, clock } = context;
  const freshId = `${clock.wallMs().toString(36)}-${flags.seed}`;
  const settings = loadSettings(flags, { cwd, freshId });
  tellInsecure(flags, context);
  if (flags.find !== undefined)
    return (await import('./find.ts')).loadFind(flags, settings, context);
  if (flags.dryRun) return (await import('./dry-run.ts')).loadDryRun(flags, settings, context);
  const reports = planReports(flags, context);
  const target = await resolveTarget(flags, context);
  const head = loadHead({ flags, settings, target, context });
  const log = await openLog(flags, head, { reports, cwd });
  const job: LoadJob = { flags, settings, target, context, head, log, reports };
  try {
    const measured = await measure(job);
    return await report(job, measured);
  } finally {
    log?.close();
    await target.close();
  }
}

interface LoadJob {
  flags: LoadFlags;
  settings: LoadSettings;
  target: LoadTarget;
  context: CliContext;
  head: LoadHead;
  log: SampleLog | undefined;
  reports: ReportPlan;
}

interface Measured {
  outcome: PhaseOutcome;
  samples: SampleTable;
  result: PhaseResult;
  failures: FailureKind[];
  audit: AuditFinding[];
  certificate: PromptCertificate;
}

async function measure(job: LoadJob): Promise<Measured> {
  const { flags, settings, target, context } = job;
  const workload = await prepare(job, settings.workload, settings.runId);
  const shape = { model: target.model, maxTokens: flags.maxTokens, stream: flags.stream };
  const source = requestSource(workload.next, shape);
  const connections = connectionsOf(settings.load);
  const ceilingPerSecond = await measureCeiling(context.clock, {
    body: Buffer.from(JSON.stringify({ model: target.model, messages: [] })),
    concurrency: Math.min(connections, CEILING_CONNECTIONS_MAX),
    durationMs: CEILING_MS,
  });
  const { log } = job;
  const phases = settings.warmup > 0 ? ['warmup', 'measure'] : ['measure'];
  const progress = await openProgress({ title: 'load', phases }, flags, context);
  const { baseUrl, access } = target;
  const client = createChatClient({ baseUrl, connections, ...access });
  const run = { client, log, progress, originMs: context.clock.nowMs() };
  try {
    await warmUp(job, run);
    const samples = new SampleTable();
    const failures = new FailureTally();
    const probe = new AuditProbe(context.clock);
    const outcome = await runPhase(measurePlan(job), {
      ...dependencies(job, run),
      source,
      record: (sample) => {
        samples.push(sample);
        failures.take(sample);
        log?.append(sample);
        progress.onSample(sample);
      },
    });
    const reading = probe.stop();
    const result = aggregate(samples, flags.timeout);
    const audit = auditRun({ reading, result, outcome, load: settings.load, ceilingPerSecond });
    const { certificate } = workload;
    return { outcome, samples, result, failures: failures.kinds, audit, certificate };
  } finally {
    progress.stop();
    await client.close();
  }
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
  const { flags, settings, target } = job;
  if (settings.warmup === 0) return;
  const isGiven = settings.workload.kind === 'fixed' || settings.workload.kind === 'prompts';
  const spec: WorkloadSpec = isGiven ? { kind: 'unique', promptTokens: 64 } : settings.workload;
  const workload = await prepare(job, spec, `${settings.runId}/warmup`);
  const shape = { model: target.model, maxTokens: flags.maxTokens, stream: flags.stream };
  await runPhase(
    {
      labels: { ...UNLABELLED, phase: 'warmup' },
      load: settings.warmupLoad,
      requests: settings.warmup,
      timeoutMs: flags.timeout,
      maxErrorRate: flags.maxErrorRate,
    },
    {
      ...dependencies(job, run),
      source: requestSource(workload.next, shape),
      record: (sample) => run.log?.append(sample),
    },
  );
}

function measurePlan({ flags, settings }: LoadJob): PhasePlan {
  return {
    labels: UNLABELLED,
    load: settings.load,
    requests: settings.requests,
    durationMs: flags.duration,
    timeoutMs: flags.timeout,
    maxErrorRate: flags.maxErrorRate,
  };
}

function dependencies({ context }: LoadJob, { client, log, progress, originMs }: Run) {
  const { clock, signal } = context;
  const onEvent = progress.onEvent.bind(progress);
  return { client, clock, originMs, signal, onEvent, flush: () => log?.flush() };
}

function loadHead({
  flags,
  settings,
  target,
  context,
}: Pick<LoadJob, 'flags' | 'settings' | 'target' | 'context'>): LoadHead {
  return {
    version: VERSION,
    runId: settings.runId,
    seed: flags.seed,
    target: redactUrl(`${target.baseUrl}${CHAT_ROUTE}`),
    model: target.model,
    timeoutMs: flags.timeout,
    startedAt: new Date(context.clock.wallMs()).toISOString(),
    comparable: { ...comparableFlags(flags), model: target.model },
  };
}

async function openLog(
  flags: LoadFlags,
  head: LoadHead,
  { reports, cwd }: { reports: ReportPlan; cwd: string },
): Promise<SampleLog | undefined> {
  if (flags.samples !== undefined) return new SampleLog(resolve(cwd, flags.samples), { ...head });
  return reports.folder === undefined
    ? undefined
    : new SampleLog(await freshFile(reports.folder, 'samples.ndjson'), { ...head });
}

async function report(job: LoadJob, measured: Measured): Promise<ExitCode> {
  const { flags, settings, context, reports } = job;
  const { outcome: phase, result, failures, audit, certificate, samples } = measured;
  const checks = [
    requestsSucceed(
      { outcome: phase, result, failures, timeoutMs: flags.timeout },
      flags.maxErrorRate,
    ),
    generatorSound(audit),
    ...settings.thresholds.map((threshold) => checkThreshold(threshold, result)),
  ];
  const isPartial = phase.ended === 'stopped';
  const outcome = worstOutcome([
    ...checks.map((check) => check.outcome),
    // What the rest would have shown nobody knows: a run that was cut off does not pass.
    ...(isPartial ? (['inconclusive'] as const) : []),
  ]);
  const exitCode = isPartial ? exitCodeOfStop(context.signal) : exitCodeOfOutcome(outcome);
  const end: LoadEnd = {
    outcome,
    exitCode,
    isPartial,
    stopReason: isPartial ? 'Stopped by the user.' : null,
    checks,
    prompts: promptsLine(certificate, settings.trace),
    audit,
  };
  job.log?.end({ ...end });
  const lost = job.log?.close();
  if (job.log && !lost) tellWritten(job.log.path, flags, context);
  await deliverReports(loadReport(job.head, end, { result, samples }), reports, { flags, context });
  if (lost) throw lost;
  if (flags.json) writeDocument(job, measured, end);
  return exitCode;
}

function writeDocument(job: LoadJob, measured: Measured, end: LoadEnd): void {
  const { flags, head, context } = job;
  const { outcome: phase, result, failures, certificate, audit } = measured;
  const { outcome, exitCode, isPartial, checks } = end;
  const { runId, seed, target, model } = head;
  const ran = { outcome, exitCode, isPartial, checks, runId, seed, target, model };
  const document = {
    schema: 'kvcache.load/v1',
    ...ran,
    samples: flags.samples ?? null,
    phase,
    result,
    failures,
    certificate,
    audit,
  };
  context.stdout.write(`${printableJson(document, (_, value: unknown) => value ?? null)}\n`);
}

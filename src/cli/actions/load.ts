import { resolve } from 'node:path';
import { type Check, worstOutcome } from '../../base/outcome.ts';
import { KvcacheError } from '../../base/errors.ts';
import { aggregate, type PhaseResult } from '../../load/aggregate.ts';
import { type AuditFinding, auditRun } from '../../load/audit.ts';
import { AuditProbe } from '../../load/audit-probe.ts';
import type { PromptCertificate } from '../../load/certificate.ts';
import { checkThreshold } from '../../load/metrics.ts';
import { measureCeiling } from '../../load/null-server.ts';
import { connectionsOf, type PhasePlan } from '../../load/plan.ts';
import { requestSource } from '../../load/requests.ts';
import { type PhaseOutcome, runPhase } from '../../load/run-load.ts';
import { SampleLog } from '../../load/sample-log.ts';
import { SampleTable } from '../../load/sample-table.ts';
import { prepareWorkload, type Workload, type WorkloadSpec } from '../../load/workload.ts';
import { createLoadClient } from '../../net/load-client.ts';
import { redactUrl } from '../../net/redact.ts';
import { checkLines, outcomeWord } from '../checks-text.ts';
import type { LoadFlags } from '../commands/load.ts';
import type { Progress } from '../../ui/progress.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodeOfError, exitCodeOfOutcome } from '../exit-codes.ts';
import { generatorSound, requestsSucceed } from '../load/checks.ts';
import { type LoadSettings, loadSettings } from '../load/settings.ts';
import { type LoadTarget, resolveTarget } from '../load/target.ts';
import { resultLines } from '../load/text.ts';
import { painter } from '../paint.ts';
import { openProgress } from '../progress.ts';

const CEILING_MS = 200;
const CEILING_CONNECTIONS_MAX = 16;
const CONNECT_TIMEOUT_MS = 5_000;

/** `kvcache load`: put load on one server, measure it, judge the generator and the thresholds. */
export async function load(flags: LoadFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, clock } = context;
  const freshId = `${clock.wallMs().toString(36)}-${flags.seed}`;
  const settings = await loadSettings(flags, { cwd, freshId });
  const target = await resolveTarget(flags, context);
  try {
    const measured = await measure({ flags, settings, target, context });
    const { outcome, result, audit } = measured;
    const checks = [
      requestsSucceed(outcome, result, settings.maxErrorRate),
      generatorSound(audit),
      ...settings.thresholds.map((threshold) => checkThreshold(threshold, result)),
    ];
    return report({ flags, settings, target, context }, measured, checks);
  } finally {
    await target.close();
  }
}

interface LoadJob {
  flags: LoadFlags;
  settings: LoadSettings;
  target: LoadTarget;
  context: CliContext;
}

interface Measured {
  outcome: PhaseOutcome;
  result: PhaseResult;
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
  const log = openLog(job);
  const phases = settings.warmup > 0 ? ['warmup', 'measure'] : ['measure'];
  const progress = await openProgress({ title: 'load', phases }, flags, context);
  const client = createLoadClient({
    url: target.url,
    connections,
    headers: target.headers,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  const run = { client, log, progress, originMs: context.clock.nowMs() };
  try {
    await warmUp(job, run);
    const samples = new SampleTable();
    const probe = new AuditProbe(context.clock);
    const outcome = await runPhase(measurePlan(job), {
      ...dependencies(job, run),
      source,
      record: (sample) => {
        samples.push(sample);
        log?.append(sample);
        progress.onSample(sample);
      },
    });
    const reading = probe.stop();
    const result = aggregate(samples, flags.timeout);
    const isOpenLoop = settings.load.kind === 'open';
    const audit = auditRun({ reading, result, outcome, isOpenLoop, ceilingPerSecond });
    return { outcome, result, audit, certificate: workload.certificate };
  } finally {
    progress.stop();
    log?.close();
    await client.close();
  }
}

function prepare({ flags, target }: LoadJob, spec: WorkloadSpec, runId: string): Promise<Workload> {
  const { tokenize, tokenizer } = target;
  return prepareWorkload(spec, { runId, seed: flags.seed, tokenize, tokenizer });
}

interface Run {
  client: ReturnType<typeof createLoadClient>;
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
  const concurrency = Math.min(connectionsOf(settings.load), settings.warmup);
  await runPhase(
    {
      labels: { phase: 'warmup', arm: '', block: 0 },
      load: { kind: 'closed', concurrency },
      requests: settings.warmup,
      timeoutMs: flags.timeout,
      maxErrorRate: settings.maxErrorRate,
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
    labels: { phase: 'measure', arm: '', block: 0 },
    load: settings.load,
    requests: settings.requests,
    durationMs: flags.duration,
    timeoutMs: flags.timeout,
    maxErrorRate: settings.maxErrorRate,
  };
}

function dependencies({ context }: LoadJob, { client, log, progress, originMs }: Run) {
  const { clock, signal } = context;
  const onEvent = progress.onEvent.bind(progress);
  return { client, clock, originMs, signal, onEvent, flush: () => log?.flush() };
}

function openLog({ flags, settings, target, context }: LoadJob): SampleLog | undefined {
  if (flags.samples === undefined) return undefined;
  return new SampleLog(resolve(context.cwd, flags.samples), {
    runId: settings.runId,
    seed: flags.seed,
    target: redactUrl(target.url),
    model: target.model,
    startedAtMs: context.clock.wallMs(),
  });
}

function report(job: LoadJob, measured: Measured, checks: readonly Check[]): ExitCode {
  const { flags, settings, target, context } = job;
  const outcome = worstOutcome(checks.map((check) => check.outcome));
  const isPartial = measured.outcome.ended === 'stopped';
  const exitCode = isPartial ? interruptedCode(context.signal) : exitCodeOfOutcome(outcome);
  const out = flags.json ? context.stderr : context.stdout;
  const paint = painter(out, context.env, flags.color);
  const { result, certificate, audit } = measured;
  const lines = flags.quiet ? [] : resultLines(result, certificate, audit);
  if (isPartial)
    lines.push('PARTIAL: stopped before its end; the figures cover what was measured.');
  for (const check of checks) {
    if (!flags.quiet || check.outcome !== 'pass') {
      lines.push(...checkLines(check, paint, flags.verbose === true));
    }
  }
  lines.push(`${outcomeWord(outcome, paint)} run ${settings.runId}`);
  out.write(`${lines.join('\n')}\n`);
  if (flags.json) {
    const document = {
      schema: 'kvcache.load/v1',
      outcome,
      exitCode,
      isPartial,
      checks,
      runId: settings.runId,
      seed: flags.seed,
      target: redactUrl(target.url),
      model: target.model,
      samples: flags.samples ?? null,
      phase: measured.outcome,
      result,
      certificate,
      audit,
    };
    context.stdout.write(`${JSON.stringify(document, (_, value: unknown) => value ?? null)}\n`);
  }
  return exitCode;
}

function interruptedCode(signal: AbortSignal): ExitCode {
  const { reason } = signal as { reason: unknown };
  return reason instanceof KvcacheError
    ? exitCodeOfError(reason.kind, reason.code)
    : exitCodeOfError('interrupted', 'INTERRUPTED');
}

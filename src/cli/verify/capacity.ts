import { join } from 'node:path';
import { redactUrl } from '../../base/origin.ts';
import type { LiveArm } from '../../capacity/live-search.ts';
import { requestSource } from '../../load/requests.ts';
import { prepareWorkload } from '../../load/workload.ts';
import { GatewayUnderTest } from '../../stack/gateway-under-test.ts';
import type { WorkDir } from '../../supervise/work-dir.ts';
import { accessVariables } from '../../target/access.ts';
import { withModel } from '../../target/resolve-model.ts';
import type { TargetSettings } from '../../target/settings.ts';
import type { Targets } from '../../target/targets.ts';
import { TIMING } from '../../target/timing.ts';
import { comparedClients, type ComparedClients } from '../../verify/capacity/arms.ts';
import { type CapacityPlan, resolveCapacityPlan } from '../../verify/capacity/capacity-plan.ts';
import type { ExperimentPlan } from '../../verify/experiment/plan.ts';
import { capacityDryRun, type CapacityOutline } from '../load/capacity-dry-run.ts';
import { type CapacityRun, runCapacity } from '../load/capacity-run.ts';
import { type LoadTarget, resolveTarget } from '../load/target.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { inWorkDir } from '../shell/in-work-dir.ts';
import { freshFile, planReports, type ReportPlan } from '../shell/reporters.ts';
import type { VerifyFlags } from './flags.ts';

interface Asked {
  settings: TargetSettings;
  plan: ExperimentPlan;
  flags: VerifyFlags;
}

interface Job extends Asked {
  capacity: CapacityPlan;
  context: CliContext;
  reports: ReportPlan;
}

const BUDGET_MS = 1_200_000;
const CONNECTIONS = 512;

/** `kvcache verify --capacity`: how many more requests the same engines carry with routing. */
export async function verifyCapacity(asked: Asked, context: CliContext): Promise<ExitCode> {
  const { flags, plan } = asked;
  const capacity = resolveCapacityPlan(flags, context.env, plan);
  if (flags.dryRun) return capacityDryRun(outlineOf(asked, capacity), flags, context);
  const job: Job = { ...asked, capacity, context, reports: planReports(flags, context) };
  return inWorkDir('kvcache-verify', (workDir) => inDirectory(job, workDir), { flags, context });
}

function outlineOf({ settings, plan }: Asked, capacity: CapacityPlan): CapacityOutline {
  const { gatewayUrl, engines } = settings.targets;
  const { durationMs, requests } = budgetOf(plan, capacity);
  return {
    target:
      gatewayUrl === null ? `a gateway before ${engines.length} engines` : redactUrl(gatewayUrl),
    searched: 'rate',
    objectives: capacity.objectives.map(({ text }) => text),
    workload: `${workloadText(plan, capacity)}; routing off and on in turn`,
    requests: requests === Infinity ? null : requests,
    durationMs,
  };
}

function workloadText({ outputTokens }: ExperimentPlan, { workload }: CapacityPlan): string {
  const { promptTokens, sharedTokens, groups, reuse } = workload;
  return `${promptTokens} tokens, ${sharedTokens} of them shared by ${reuse} prompts each, ${groups} such groups at a time; ${outputTokens} output tokens`;
}

function budgetOf({ budget, outputTokens }: ExperimentPlan, { workload }: CapacityPlan) {
  const { durationMs, requests, tokens } = budget;
  return {
    durationMs: durationMs === Infinity ? BUDGET_MS : durationMs,
    requests: Math.min(requests, Math.floor(tokens / (workload.promptTokens + outputTokens))),
  };
}

async function inDirectory(job: Job, workDir: WorkDir): Promise<ExitCode> {
  const { settings, flags, context } = job;
  const { env, cwd, nodePath, clock, signal } = context;
  const gatewayEnv = { ...env, ...accessVariables(flags, cwd) };
  const surroundings = { env: gatewayEnv, cwd, nodePath, clock, signal };
  const gateway = new GatewayUnderTest(settings, workDir.path, surroundings);
  try {
    const targets = await withModel(settings.targets, signal);
    const { url } = await gateway.start(targets.model);
    const exitCode = await compare(job, { targets, url, workDir, signal: gateway.signal });
    if (exitCode === 0 && flags.keepWorkDir !== true) await workDir.remove();
    return exitCode;
  } finally {
    await gateway.stop();
  }
}

interface Up {
  targets: Targets;
  /** Of the gateway. */
  url: string;
  workDir: WorkDir;
  signal: AbortSignal;
}

async function compare(job: Job, up: Up): Promise<ExitCode> {
  const { settings, flags, context, reports } = job;
  const { targets, url, workDir, signal } = up;
  const target = await resolveTarget(
    { ...flags, url: targets.engines[0]?.url ?? url, model: targets.model, tokenizeUrl: undefined },
    context,
  );
  const clients = await comparedClients({
    targets,
    gatewayUrl: url,
    baselineGatewayUrl: settings.baselineGatewayUrl,
    connections: CONNECTIONS,
    clock: context.clock,
    signal,
  });
  try {
    const logPath = await logPathOf(reports, workDir);
    const run = { ...runOf(job, { ...up, clients, target }), logPath, signal };
    return await runCapacity(run, { flags, context, reports });
  } finally {
    await clients.close();
    await target.close();
  }
}

function runOf(
  { settings, plan, capacity }: Job,
  { targets, url, clients, target }: Up & { clients: ComparedClients; target: LoadTarget },
): Omit<CapacityRun, 'logPath' | 'signal'> {
  const engines = targets.replicas ?? (targets.engines.length || null);
  const workload = workloadText(plan, capacity);
  const source = (arm: string) => sourceOf(`${plan.nonce}/${arm}`, { plan, capacity, target });
  return {
    title: 'kvcache verify --capacity',
    asked: {
      searched: 'rate',
      target: redactUrl(url),
      model: targets.model,
      workload,
      routingOff: clients.routingOff,
      engines,
    },
    pricePerHour: capacity.pricePerHour,
    comparable: { model: targets.model, workload, policy: settings.policy },
    arms: [
      { arm: 'off', client: clients.off, sourceOf: source('off') },
      { arm: 'on', client: clients.on, sourceOf: source('on') },
    ],
    objectivesOf: () => capacity.objectives,
    startRate: undefined,
    budget: budgetOf(plan, capacity),
    seed: plan.seed,
    timeoutMs: TIMING.firstAnswerMs,
    inFlightMax: CONNECTIONS,
  };
}

/** Prompts of one shape for both arms and all steps, and never the same ones twice. */
function sourceOf(
  runId: string,
  { plan, capacity, target }: Pick<Job, 'plan' | 'capacity'> & { target: LoadTarget },
): LiveArm['sourceOf'] {
  const { tokenize, tokenizer, blockTokens, model } = target;
  return async (name) => {
    const { next } = await prepareWorkload(capacity.workload, {
      runId: `${runId}/${name}`,
      seed: plan.seed,
      tokenize,
      tokenizer,
      blockTokens,
    });
    return requestSource(next, { model, maxTokens: plan.outputTokens, stream: true });
  };
}

function logPathOf({ folder }: ReportPlan, workDir: WorkDir): string | Promise<string> {
  return folder === undefined
    ? join(workDir.path, 'samples.ndjson')
    : freshFile(folder, 'samples.ndjson');
}

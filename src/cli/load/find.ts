import { kneeObjectives } from '../../capacity/knee.ts';
import type { LiveArm } from '../../capacity/live-search.ts';
import { type Objective, parseObjective, timeOf } from '../../capacity/objective.ts';
import { parseOrigin, redactUrl } from '../../base/origin.ts';
import { resolve } from 'node:path';
import { CHAT_ROUTE, createChatClient } from '../../load/chat-client.ts';
import { requestSource } from '../../load/requests.ts';
import type { RequestSource } from '../../load/run-load.ts';
import { prepareWorkload, type Workload } from '../../load/workload.ts';
import type { LoadClient } from '../../net/load-client.ts';
import type { CliContext } from '../shell/context.ts';
import { cliError } from '../shell/errors.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { freshFile, planReports, type ReportPlan } from '../shell/reporters.ts';
import { capacityDryRun, type CapacityOutline } from './capacity-dry-run.ts';
import { type CapacityRun, runCapacity } from './capacity-run.ts';
import { comparableFlags, type LoadFlags } from './flags.ts';
import { refuseConversations } from './open-loop.ts';
import type { LoadSettings } from './settings.ts';
import { type LoadTarget, resolveTarget } from './target.ts';

const BUDGET_MS = 600_000;

/** `kvcache load --find`: the highest rate at which the objectives hold. */
export async function loadFind(
  flags: LoadFlags,
  settings: LoadSettings,
  context: CliContext,
): Promise<ExitCode> {
  const given = givenObjectives(flags);
  refuseConversations(settings.workload);
  if (flags.dryRun) return capacityDryRun(outlineOf(flags, given), flags, context);
  const reports = planReports(flags, context);
  const target = await resolveTarget(flags, context);
  const { baseUrl, access } = target;
  const client = createChatClient({ baseUrl, connections: flags.maxInFlight, ...access });
  try {
    const find: Find = { flags, settings, target, client, given };
    const logPath = await logPathOf(flags, reports, context.cwd);
    const run = { ...runOf(find), logPath, signal: context.signal };
    return await runCapacity(run, { flags, context, reports });
  } finally {
    await client.close();
    await target.close();
  }
}

function outlineOf(flags: LoadFlags, given: readonly Objective[]): CapacityOutline {
  return {
    target: redactUrl(parseOrigin(flags.url, '--url').url) + CHAT_ROUTE,
    searched: flags.find!,
    objectives: given.map(({ text }) => text),
    workload: workloadText(flags),
    requests: flags.requests ?? null,
    durationMs: flags.duration ?? BUDGET_MS,
  };
}

function workloadText({ workload, maxTokens }: LoadFlags): string {
  return `${workload} prompts, at most ${maxTokens} output tokens`;
}

/** @throws KvcacheError FLAG_INVALID, and as `parseObjective` (kind usage) */
function givenObjectives({ find, slo, stream, arrivals }: LoadFlags): Objective[] {
  if (arrivals === 'constant') {
    throw unfit('--find', 'does not ask at a constant rate', 'Leave out --arrivals constant.');
  }
  const objectives = slo.map(parseObjective);
  if (find === 'rate' && objectives.length === 0) {
    throw unfit(
      '--find rate',
      'has nothing to hold',
      "Say with --slo what must hold, for example --slo 'ttft.p95 < 500ms'.",
    );
  }
  const streamed = objectives.find((it) => !stream && ['ttft', 'tpot'].includes(timeOf(it) ?? ''));
  if (streamed) {
    throw unfit(
      `--slo "${streamed.text}"`,
      'needs a stream',
      'Leave out --no-stream, or bound the latency.',
    );
  }
  return objectives;
}

function unfit(flag: string, problem: string, remedy: string) {
  return cliError('FLAG_INVALID', { message: `${flag} ${problem}.`, remedy });
}

interface Find {
  flags: LoadFlags;
  settings: LoadSettings;
  target: LoadTarget;
  client: LoadClient;
  given: readonly Objective[];
}

function runOf(find: Find): Omit<CapacityRun, 'logPath' | 'signal'> {
  const { flags, target, client, given } = find;
  return {
    title: 'kvcache load',
    asked: {
      searched: flags.find!,
      target: redactUrl(`${target.baseUrl}${CHAT_ROUTE}`),
      model: target.model,
      workload: workloadText(flags),
      routingOff: null,
      engines: null,
    },
    pricePerHour: null,
    comparable: { ...comparableFlags(flags), model: target.model },
    arms: [{ arm: '', client, sourceOf: sourceOf(find) }],
    objectivesOf: (alone) => [...given, ...(flags.find === 'knee' ? kneeObjectives(alone) : [])],
    startRate: flags.rate,
    budget: { durationMs: flags.duration ?? BUDGET_MS, requests: flags.requests ?? Infinity },
    seed: flags.seed,
    timeoutMs: flags.timeout,
    inFlightMax: flags.maxInFlight,
  };
}

/** Prompts that no step had before; those that were given are asked once each. */
function sourceOf({ flags, settings, target }: Find): LiveArm['sourceOf'] {
  const { workload: spec, runId } = settings;
  const { model, tokenize, tokenizer, blockTokens } = target;
  const shape = { model, maxTokens: flags.maxTokens, stream: flags.stream };
  const made = (name: string): Promise<Workload> =>
    prepareWorkload(spec.kind === 'prompts' ? { ...spec, repeat: false } : spec, {
      runId: `${runId}/${name}`,
      seed: flags.seed,
      tokenize,
      tokenizer,
      blockTokens,
    });
  let given: Workload | undefined;
  return async (name): Promise<RequestSource> => {
    if (spec.kind !== 'prompts') return requestSource((await made(name)).next, shape);
    given ??= await made('given');
    return requestSource(given.next, shape);
  };
}

async function logPathOf(
  { samples }: LoadFlags,
  { folder }: ReportPlan,
  cwd: string,
): Promise<string | undefined> {
  if (samples !== undefined) return resolve(cwd, samples);
  return folder === undefined ? undefined : freshFile(folder, 'samples.ndjson');
}

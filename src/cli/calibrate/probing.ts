import { resolve } from 'node:path';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { formatDuration } from '../../base/duration.ts';
import { formatCount } from '../../base/figures.ts';
import { redactUrl } from '../../base/origin.ts';
import { VERSION } from '../../base/version.ts';
import { termsIn } from '../../calibrate/calibration.ts';
import { costOf, type ProbeCost } from '../../calibrate/probe/cost.ts';
import { LiveEngine } from '../../calibrate/probe/live-engine.ts';
import { type ProbePlan, probePlan } from '../../calibrate/probe/plan.ts';
import { type ProbeRun, runProbes } from '../../calibrate/probe/run-probes.ts';
import { SampleLog } from '../../load/sample-log.ts';
import type { CliContext } from '../shell/context.ts';
import { Voice } from '../shell/voice.ts';
import type { CalibrateFlags } from './flags.ts';
import type { Taken } from './taken.ts';
import {
  baseOf,
  type CalibrateTarget,
  companyOf,
  engineName,
  limitsOf,
  resolveEngine,
} from './target.ts';

interface Around {
  base: EngineProfile;
  context: CliContext;
}

/**
 * Probes an engine within the budget; says the cost first.
 * @throws KvcacheError as `resolveEngine`, `LiveEngine.measureTokens` and `runProbes`; SAMPLES_UNWRITABLE (usage)
 */
export async function takeByProbing(
  address: string,
  flags: CalibrateFlags,
  { base: given, context }: Around,
): Promise<Taken> {
  const { clock } = context;
  const target = await resolveEngine(address, flags, context);
  const base = baseOf(given, target.described);
  const runId = `${clock.wallMs().toString(36)}-${flags.seed}`;
  const plan = probePlan(limitsOf(flags, target.described, runId));
  new Voice(flags, context, context.stderr).say(costLine(costOf(plan, termsIn(base)), flags, base));
  const engine = engineName(target.described);
  const source = redactUrl(target.url);
  const log = openLog(flags, { engine, model: target.model, target: source }, context);
  try {
    const { run, answered, rounded } = await probe(plan, { target, flags, context, log, runId });
    return {
      samples: run.samples,
      base,
      company: await companyOf(target, { answered, rounded }, context.signal),
      source,
      engine,
      model: target.model,
      requests: run.samples.length,
      notes: notesOf(run, plan),
    };
  } finally {
    log?.close();
  }
}

async function probe(
  plan: ProbePlan,
  of: {
    target: CalibrateTarget;
    flags: CalibrateFlags;
    context: CliContext;
    log: SampleLog | undefined;
    runId: string;
  },
) {
  const { target, flags, context, log, runId } = of;
  const { clock, signal } = context;
  const engine = new LiveEngine({
    ...target,
    clock,
    signal,
    timeoutMs: flags.timeout,
    batch: Math.max(...[...plan.prime, ...plan.rounds.flat()].map(({ probes }) => probes.length)),
    record: log && ((sample) => log.append(sample)),
  });
  // What the probes of the second tier bring from there is meant to come from there.
  let rounded = target.described;
  try {
    await engine.measureTokens(runId);
    const tell = roundTeller(flags, context);
    const run = await runProbes(plan, engine, {
      clock,
      signal,
      budgetMs: flags.budget,
      onRound: tell,
      onRounds: async () => {
        rounded = await target.describe();
      },
    });
    return { run, rounded, answered: engine.answered };
  } finally {
    await engine.close();
  }
}

function openLog(
  { record }: CalibrateFlags,
  head: Readonly<Record<string, string>>,
  { cwd }: CliContext,
): SampleLog | undefined {
  if (record === undefined) return undefined;
  return new SampleLog(resolve(cwd, record), { command: 'calibrate', version: VERSION, ...head });
}

/** What is going to be asked, before anything is. */
export function costLine(
  { requests, computedTokens, cachedTokens, outputTokens, timeMs }: ProbeCost,
  { budget }: Pick<CalibrateFlags, 'budget'>,
  base: EngineProfile,
): string {
  const tokens = `${formatCount(computedTokens)} prompt tokens to compute, ${formatCount(cachedTokens)} cached, ${formatCount(outputTokens)} output tokens`;
  return `At most ${formatCount(requests)} requests, ${tokens}; ${formatDuration(timeMs)} if the engine were ${base.name}, at most about ${formatDuration(budget)}.`;
}

const EVERY_MS = 5_000;

function roundTeller({ quiet }: CalibrateFlags, { clock, stderr }: CliContext) {
  let nextMs = clock.nowMs() + EVERY_MS;
  return (done: number, ofAll: number): void => {
    if (quiet || clock.nowMs() < nextMs) return;
    nextMs = clock.nowMs() + EVERY_MS;
    stderr.write(`  round ${done} of ${ofAll}\n`);
  };
}

function notesOf({ samples, rounds, cut, tierProblem }: ProbeRun, plan: ProbePlan): string[] {
  const failed = samples.filter(({ failure }) => failure !== undefined && failure !== 'stopped');
  return [
    ...(cut === null ? [] : [`${rounds} of ${plan.rounds.length} rounds were sent: ${cut}.`]),
    ...(tierProblem === null ? [] : [`Loads from the second tier were not timed: ${tierProblem}.`]),
    ...(failed.length === 0
      ? []
      : [
          `${failed.length} probes failed, the first so: ${failed[0]!.problem ?? failed[0]!.failure}.`,
        ]),
  ];
}

import { printableJson } from '../../base/printable.ts';
import { worstOutcome } from '../../base/outcome.ts';
import { VERSION } from '../../base/version.ts';
import { simulateReport } from '../../report/build-simulate.ts';
import type { SimulateReport } from '../../report/model.ts';
import {
  findEngines,
  findRate,
  findTraceRate,
  type Searched,
  type Wanted,
} from '../../simulate/find.ts';
import { foundChecks, objectiveChecks } from '../../simulate/result/judge.ts';
import type { Found, SimulatedRow, StudyPart } from '../../simulate/result/result.ts';
import { simulateRow, type StudyPlan } from '../../simulate/study.ts';
import { traceRate } from '../../simulate/workload/trace-requests.ts';
import type { CliContext } from '../shell/context.ts';
import { refuseUnemitted } from '../shell/emit/unemitted.ts';
import { type ExitCode, exitCodeOfOutcome, exitCodeOfStop } from '../shell/exit-codes.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import { comparableFlags, type SimulateFlags } from './flags.ts';
import { SampleKeeper } from './sample-keeper.ts';
import { rowsToRun, type SimulateSettings, simulateSettings } from './settings.ts';
import { StudyProgress } from './study-progress.ts';
import { fleetText, workloadText } from './text.ts';

/** `kvcache simulate`: compare policies, fleets and cache sizes in virtual time. */
export async function simulate(flags: SimulateFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, env, clock } = context;
  const reports = planReports(flags, context);
  const settings = await simulateSettings(flags, { cwd, env });
  if (flags.emit !== undefined) {
    return (await import('./emit.ts')).emitSimulation(flags, settings, context);
  }
  refuseUnemitted(flags);
  const startedMs = clock.nowMs();
  const keeper = new SampleKeeper(settings);
  const progress = new StudyProgress(settings, flags, context);
  const done = await study(flags, settings, {
    ...settings.plan,
    signal: context.signal,
    onRequest: () => progress.count(),
    onSample: keeper.keep,
  });
  const report = reported(
    { flags, settings, context, samples: keeper.samples, durationMs: clock.nowMs() - startedMs },
    done,
  );
  await deliverReports(report, reports, { flags, context });
  if (flags.json) context.stdout.write(documentOf(report));
  return report.exitCode as ExitCode;
}

/** Requests per second that a search for the rate begins with, where nothing says more. */
const START_PER_ENGINE = 1;

interface Done {
  rows: SimulatedRow[];
  found: Found[];
}

/** Every policy under every setting, or a shard's part of them; what Ctrl-C cuts short is left out. */
async function study(
  flags: SimulateFlags,
  settings: SimulateSettings,
  plan: StudyPlan,
): Promise<Done> {
  const { find } = flags;
  const done: Done = { rows: [], found: [] };
  for (const { policy, setting } of rowsToRun(settings)) {
    if (plan.signal.aborted) return done;
    if (find !== undefined) {
      const wanted = { policy, setting };
      const { found, rows } =
        find === 'rate'
          ? await findHighest(flags, settings, { plan, wanted })
          : await findEngines(plan, { ...wanted, most: flags.engines });
      if (!plan.signal.aborted) done.found.push(found);
      done.rows.push(...rows);
      continue;
    }
    const row = await simulateRow(plan, policy, setting);
    if (row) done.rows.push(row);
  }
  return done;
}

/** Of a trace it begins with the rate that was recorded. */
function findHighest(
  flags: SimulateFlags,
  { trace, requests }: SimulateSettings,
  { plan, wanted }: { plan: StudyPlan; wanted: Wanted },
): Promise<Searched> {
  if (trace) {
    const start = flags.speed * traceRate(trace, requests)!;
    return findTraceRate(plan, { ...wanted, start });
  }
  const start = flags.rate ?? START_PER_ENGINE * flags.engines;
  return findRate(plan, { ...wanted, start });
}

interface Ran {
  flags: SimulateFlags;
  settings: SimulateSettings;
  context: CliContext;
  samples: SimulateReport['samples'];
  durationMs: number;
}

function reported(ran: Ran, { rows, found }: Done): SimulateReport {
  const { flags, settings, context, samples, durationMs } = ran;
  const { objectives } = settings.plan;
  const isPartial = context.signal.aborted;
  const { find, engines } = flags;
  const part = partOf(settings);
  const checks = part
    ? []
    : find === undefined
      ? objectiveChecks(rows, objectives)
      : foundChecks(found, { searched: find, most: engines });
  const judged = checks.length === 0 ? 'pass' : worstOutcome(checks.map((it) => it.outcome));
  const outcome = isPartial && judged === 'pass' ? 'inconclusive' : judged;
  return simulateReport({
    version: VERSION,
    outcome,
    exitCode: isPartial ? exitCodeOfStop(context.signal) : exitCodeOfOutcome(outcome),
    isPartial,
    startedAt: new Date(context.clock.wallMs() - durationMs).toISOString(),
    durationMs,
    seed: flags.seed,
    comparable: comparableFlags(flags),
    checks,
    samples,
    result: {
      workload: workloadText(flags, settings),
      fleet: fleetText(flags, settings),
      gateways: flags.gateways,
      objectives: objectives.map(({ text }) => text),
      searched: flags.find ?? null,
      extrapolated: settings.guard.beyond,
      rows,
      found,
      ...(part && { part }),
    },
  });
}

/** Of a shard nothing is judged: which rows keep the objectives only all of them tell. */
function partOf({ shard, policies, settings, plan }: SimulateSettings): StudyPart | undefined {
  if (!shard) return undefined;
  const names = policies.map(({ name }) => name);
  return { shard: shard.index, of: shard.of, policies: names, settings, seeds: [...plan.seeds] };
}

function documentOf(report: SimulateReport): string {
  const { outcome, exitCode, isPartial, checks, seed, result } = report;
  const document = { schema: 'kvcache.simulate/v1', outcome, exitCode, isPartial, checks, seed };
  return `${printableJson({ ...document, ...result })}\n`;
}

import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { KvcacheError } from '../../base/errors.ts';
import { worstOutcome } from '../../base/outcome.ts';
import type { RoutingPolicy } from '../../config/gateway-config.ts';
import { driveScenario } from '../../run/drive-scenario.ts';
import { judgeScenario } from '../../run/judge-scenario.ts';
import type { Scenario } from '../../run/scenario.ts';
import { findScenario } from '../../run/scenario-files.ts';
import { type FleetStack, startFleetStack } from '../../stack/fleet-stack.ts';
import { keepUnlessEmpty, makeWorkDir, type WorkDir } from '../../supervise/work-dir.ts';
import type { RunFlags } from '../commands/run.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../exit-codes.ts';
import { planReports } from '../reporters.ts';
import { deliverRun } from '../run-report.ts';
import {
  fleetReadyDocument,
  scenarioDocument,
  type ScenarioSummary,
  stepFigures,
  type StepFigures,
} from '../scenario-document.ts';
import { ScenarioNarrator } from '../scenario-text.ts';

/** `kvcache run` with a scenario file: up, driven, judged and down again. */
export async function runScenario(flags: RunFlags, context: CliContext): Promise<ExitCode> {
  if (flags.gateway !== 'embedded') throw onlyEmbedded(flags.gateway);
  const reports = planReports(flags, context);
  const scenario = withPolicy(await findScenario(flags.scenario, context), flags.routing);
  const seed = flags.seed ?? scenario.seed;
  const startMs = context.clock.nowMs();
  const workDir = await makeWorkDir({
    requested: flags.workDir === undefined ? undefined : resolve(context.cwd, flags.workDir),
    tempRoot: tmpdir(),
    prefix: 'kvcache-run',
  });
  const narrator = new ScenarioNarrator(flags, context, reports.narration);
  narrator.opening(scenario, seed);
  try {
    const done = await play({ scenario, seed, workDir, narrator }, flags, context);
    const isKept = flags.keepWorkDir === true || done.outcome !== 'pass';
    if (!isKept) await workDir.remove();
    const exitCode = exitCodeOfOutcome(done.outcome);
    const durationMs = context.clock.nowMs() - startMs;
    const summary = { ...done, workDir: workDir.path, isKept, durationMs, exitCode };
    narrator.verdict(summary);
    const { outcome, checks } = done;
    await deliverRun(
      { outcome, checks, exitCode, durationMs, detail: scenarioDocument(summary) },
      reports,
      { flags, context },
    );
    if (flags.json) context.stdout.write(`${JSON.stringify(scenarioDocument(summary))}\n`);
    return exitCode;
  } catch (error) {
    if (await keepUnlessEmpty(workDir)) context.stderr.write(`Logs are kept in ${workDir.path}\n`);
    throw error;
  }
}

interface Play {
  scenario: Scenario;
  seed: number;
  workDir: WorkDir;
  narrator: ScenarioNarrator;
}

type Played = Pick<
  ScenarioSummary,
  'scenario' | 'seed' | 'members' | 'steps' | 'checks' | 'outcome'
>;

async function play(
  { scenario, seed, workDir, narrator }: Play,
  flags: RunFlags,
  context: CliContext,
): Promise<Played> {
  const { env, cwd, nodePath, clock, signal } = context;
  const stack = await startFleetStack({
    fleet: scenario.fleet,
    model: scenario.model,
    seed,
    gateway: scenario.gateway,
    portBase: flags.portBase ?? 0,
    workDir: workDir.path,
    surroundings: { env, cwd, nodePath, clock, signal },
    onMember: (member) => narrator.member(member),
  });
  try {
    const steps: StepFigures[] = [];
    const evidence = await driveScenario(scenario, stack, {
      clock,
      seed,
      onEvent: (event) => narrator.event(event),
      onStep: (step, requests) => {
        const figures = stepFigures(step.name, requests);
        steps.push(figures);
        narrator.step(figures);
      },
    });
    const checks = judgeScenario(scenario.checks, evidence, seed);
    narrator.checks(checks);
    if (flags.keep) await keepUp(stack, workDir, { flags, context, narrator });
    const { controller, engines, gateway } = stack;
    const members = [controller, ...engines, gateway];
    const outcome = worstOutcome(checks.map((check) => check.outcome));
    return { scenario, seed, members, steps, checks, outcome };
  } finally {
    await stack.stop();
  }
}

/** Until the user says stop; who waits for the ready line cannot spoil what was judged before it. */
async function keepUp(
  stack: FleetStack,
  workDir: WorkDir,
  {
    flags,
    context,
    narrator,
  }: { flags: RunFlags; context: CliContext; narrator: ScenarioNarrator },
): Promise<void> {
  if (flags.json) {
    context.stdout.write(`${JSON.stringify(fleetReadyDocument(stack, workDir.path))}\n`);
  }
  narrator.keptUp(workDir.path);
  const { signal } = stack;
  await new Promise<void>((stop) => {
    if (signal.aborted) stop();
    signal.addEventListener('abort', () => stop(), { once: true });
  });
  // Being told to stop is how --keep ends well; a child that died is not.
  if (!context.signal.aborted) throw signal.reason;
}

function withPolicy(scenario: Scenario, policy: RoutingPolicy | undefined): Scenario {
  if (policy === undefined) return scenario;
  return { ...scenario, gateway: { ...scenario.gateway, policy } };
}

function onlyEmbedded(gateway: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'GATEWAY_NOT_FOR_SCENARIO',
    message: `Scenarios other than mock run with the embedded gateway, not with ${gateway}.`,
    remedy: 'Leave --gateway away; `kvcache verify --gateway` judges any other gateway.',
  });
}

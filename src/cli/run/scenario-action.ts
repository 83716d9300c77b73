import { KvcacheError } from '../../base/errors.ts';
import { worstOutcome } from '../../base/outcome.ts';
import type { RoutingPolicy } from '../../config/gateway-config.ts';
import { driveScenario } from '../../run/drive-scenario.ts';
import type { SentRequest } from '../../run/evidence.ts';
import { isDecidedBy, judgeScenario } from '../../run/judge-scenario.ts';
import type { Scenario, ScenarioEvent, SendStep } from '../../run/scenario.ts';
import { eventText } from '../../run/scenario-events.ts';
import { findScenario } from '../../run/scenario-files.ts';
import { startFleetStack } from '../../stack/fleet-stack.ts';
import type { RunFlags } from './command.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { HeldOutput } from '../shell/held-output.ts';
import { readyDocument } from '../shell/member-document.ts';
import { planReports } from '../shell/reporters.ts';
import { keepUp, runInFrame } from './frame.ts';
import type { RunView } from './view.ts';
import {
  type PlayedScenario,
  scenarioDocument,
  stepFigures,
  type StepFigures,
} from './scenario-document.ts';
import { ScenarioNarrator } from './scenario-text.ts';

/** `kvcache run` with a scenario file: up, driven, judged and down again. */
export async function runScenario(flags: RunFlags, context: CliContext): Promise<ExitCode> {
  if (flags.gateway !== 'embedded') throw onlyEmbedded(flags.gateway);
  const reports = planReports(flags, context);
  const scenario = withPolicy(await findScenario(flags.scenario, context), flags.routing);
  const seed = flags.seed ?? scenario.seed;
  const narration = new HeldOutput(reports.narration);
  const narrator = new ScenarioNarrator(flags, context, narration);
  const steps = scenario.steps.flatMap((it) => (it.kind === 'send' ? [it.name] : []));
  return runInFrame(
    {
      prefix: 'kvcache-run',
      reports,
      narration,
      narrator,
      outline: { phases: ['starting', ...steps, 'stopping'], checks: scenario.checks.length },
      play: (workDir, view) => {
        narrator.opening(scenario, seed);
        return play({ scenario, seed, workDir, narrator, view }, flags, context);
      },
      document: scenarioDocument,
    },
    flags,
    context,
  );
}

interface Play {
  scenario: Scenario;
  seed: number;
  workDir: string;
  narrator: ScenarioNarrator;
  view: RunView;
}

async function play(playing: Play, flags: RunFlags, context: CliContext): Promise<PlayedScenario> {
  const { scenario, seed, workDir, narrator, view } = playing;
  const { env, cwd, nodePath, clock, signal } = context;
  view.on({ type: 'phase', phase: 'starting' });
  const stack = await startFleetStack({
    fleet: scenario.fleet,
    model: scenario.model,
    seed,
    gateway: scenario.gateway,
    portBase: flags.portBase ?? 0,
    workDir,
    surroundings: { env, cwd, nodePath, clock, signal },
    onMember: (member) => narrator.member(member),
  });
  try {
    const told = new Telling(playing, stack.engines);
    const evidence = await driveScenario(scenario, stack, {
      clock,
      seed,
      onEvent: (event) => told.event(event),
      onStepStart: (step) => view.on({ type: 'step', name: step.name, requests: step.requests }),
      onRequest: (request) => view.answered(request),
      onStep: (step, requests) => told.step(step, requests),
    });
    const checks = judgeScenario(scenario.checks, evidence, seed);
    narrator.checks(checks);
    if (flags.keep) {
      view.stop();
      const ready = readyDocument(stack, workDir);
      await keepUp({ signal: stack.signal, workDir, ready }, narrator, { flags, context });
    }
    const { controller, engines, gateway } = stack;
    const members = [controller, ...engines, gateway];
    const outcome = worstOutcome(checks.map((check) => check.outcome));
    return { scenario, seed, members, steps: told.steps, checks, outcome };
  } finally {
    view.on({ type: 'phase', phase: 'stopping' });
    await stack.stop();
  }
}

/** Tells narrator and view what happens. */
class Telling {
  readonly steps: StepFigures[] = [];
  readonly #playing: Play;
  readonly #engineIds: string[];
  readonly #requests: SentRequest[] = [];
  readonly #done = new Set<string>();
  #open: Scenario['checks'];

  constructor(playing: Play, engines: readonly { id: string }[]) {
    this.#playing = playing;
    this.#engineIds = engines.map(({ id }) => id);
    this.#open = playing.scenario.checks;
  }

  event(event: ScenarioEvent): void {
    this.#playing.narrator.event(event);
    this.#playing.view.on({ type: 'note', text: eventText(event) });
  }

  step({ name }: SendStep, requests: readonly SentRequest[]): void {
    const figures = stepFigures(name, requests);
    this.steps.push(figures);
    this.#playing.narrator.step(figures);
    this.#requests.push(...requests);
    this.#done.add(name);
    this.#settle();
  }

  /** Shows the checks that are decided by now; the verdict judges all of them once more. */
  #settle(): void {
    const { seed, view } = this.#playing;
    const decided = this.#open.filter((check) => isDecidedBy(this.#done, check));
    this.#open = this.#open.filter((check) => !decided.includes(check));
    const evidence = {
      engineIds: this.#engineIds,
      requests: this.#requests,
      blocksEvicted: undefined,
      timersLateMsP50: {},
    };
    for (const { outcome } of judgeScenario(decided, evidence, seed)) view.settled(outcome);
  }
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

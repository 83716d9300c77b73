import { worstOutcome } from '../../base/outcome.ts';
import type { RoutingPolicy } from '../../config/routing-policies.ts';
import { driveScenario } from '../../run/drive-scenario.ts';
import type { SentRequest } from '../../run/evidence.ts';
import { isDecidedBy, judgeScenario } from '../../run/judge-scenario.ts';
import { findScenario } from '../../run/scenario-files.ts';
import type { Scenario, ScenarioEvent, SendStep } from '../../run/scenario.ts';
import { forStranger } from '../../run/stranger.ts';
import { eventText } from '../../run/scenario-events.ts';
import { gatewayChoiceOf } from '../../net/gateway-choice.ts';
import { type FleetStack, type ForeignGateway, startFleetStack } from '../../stack/fleet-stack.ts';
import { NO_SAMPLE, type ReportSample } from '../../report/model.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { type PlayedScenario, scenarioDocument } from './document.ts';
import { type FrameFlags, runInFrame, type Stage } from './frame.ts';
import { stepFigures, type StepFigures } from './step-figures.ts';
import { tellChecks, tellEvent, tellMember, tellOpening, tellStep } from './text.ts';
import { cliError } from '../shell/errors.ts';

export interface ScenarioFlags extends FrameFlags {
  gateway: string;
  gatewayCommand?: string;
  /** Of the sample alone. */
  settle?: number;
  ports?: 'sample' | 'auto';
  portBase?: number;
  /** Of prompts and mocks; undefined: the scenario's. */
  seed?: number;
  /** Of the gateway; undefined: the scenario's. */
  routing?: RoutingPolicy;
}

/** `kvcache run` with a scenario file. */
export async function runScenario(flags: ScenarioFlags, context: CliContext): Promise<ExitCode> {
  if (flags.settle !== undefined || flags.ports === 'sample') throw cliError('FLAG_FOR_SAMPLE');
  const foreign = foreignGateway(flags);
  const { env, cwd, nodePath, clock, signal } = context;
  const asked = withPolicy(await findScenario(flags.scenario, context), flags.routing);
  const { scenario, leftOut } = foreign ? forStranger(asked) : { scenario: asked, leftOut: [] };
  const seed = flags.seed ?? scenario.seed;
  return runInFrame(
    {
      prefix: 'kvcache-run',
      phases: scenario.steps.flatMap((it) => (it.kind === 'send' ? [it.name] : [])),
      checks: scenario.checks.length,
      start: ({ workDir, voice }) => {
        tellOpening(scenario, { seed, isForeign: foreign !== undefined, leftOut }, voice);
        return startFleetStack({
          fleet: scenario.fleet,
          model: scenario.model,
          seed,
          gateway: scenario.gateway,
          foreign,
          portBase: flags.portBase ?? 0,
          workDir,
          surroundings: { env, cwd, nodePath, clock, signal },
          onMember: (member) => tellMember(member, voice),
        });
      },
      drive: (stack, stage) =>
        drive({ scenario, seed, isForeign: foreign !== undefined }, { stack, stage }, context),
      seed,
      samples: ({ requests }) => requests.map(sampleOf),
      document: scenarioDocument,
    },
    flags,
    context,
  );
}

interface Play {
  scenario: Scenario;
  seed: number;
  isForeign: boolean;
}

async function drive(
  play: Play,
  { stack, stage }: { stack: FleetStack; stage: Stage },
  { clock }: CliContext,
): Promise<PlayedScenario> {
  const { scenario, seed, isForeign } = play;
  const { view, voice } = stage;
  const telling = new Telling(play, stack.engines, stage);
  const evidence = await driveScenario(scenario, stack, {
    clock,
    seed,
    onEvent: (event) => telling.event(event),
    onStepStart: (step) => view.on({ type: 'step', name: step.name, requests: step.requests }),
    onRequest: (request) => view.answered(request),
    onStep: (step, requests) => telling.step(step, requests),
  });
  const checks = judgeScenario(scenario.checks, evidence, seed);
  tellChecks(checks, voice);
  const outcome = worstOutcome(checks.map((check) => check.outcome));
  const { requests } = evidence;
  return { scenario, seed, isForeign, steps: telling.steps, requests, checks, outcome };
}

function sampleOf(request: SentRequest, index: number): ReportSample {
  const { step, failure, servedBy, promptTokens, cachedTokens, predictedTokens } = request;
  return {
    ...NO_SAMPLE,
    id: `${index}`,
    arm: step,
    startMs: request.startMs,
    ttftMs: request.ttftMs ?? null,
    latencyMs: request.latencyMs,
    servedBy: servedBy ?? null,
    promptTokens: promptTokens ?? null,
    predictedTokens: predictedTokens ?? null,
    cachedTokens: cachedTokens ?? null,
    failure: failure ?? null,
  };
}

/** Tells people and the view what happens. */
class Telling {
  readonly steps: StepFigures[] = [];
  readonly #seed: number;
  readonly #engineIds: string[];
  readonly #stage: Stage;
  readonly #requests: SentRequest[] = [];
  readonly #done = new Set<string>();
  #open: Scenario['checks'];

  constructor({ scenario, seed }: Play, engines: readonly { id: string }[], stage: Stage) {
    this.#seed = seed;
    this.#engineIds = engines.map(({ id }) => id);
    this.#stage = stage;
    this.#open = scenario.checks;
  }

  event(event: ScenarioEvent): void {
    const text = eventText(event);
    tellEvent(text, this.#stage.voice);
    this.#stage.view.on({ type: 'note', text });
  }

  step({ name }: SendStep, requests: readonly SentRequest[]): void {
    const figures = stepFigures(name, requests);
    this.steps.push(figures);
    tellStep(figures, this.#stage.voice);
    this.#requests.push(...requests);
    this.#done.add(name);
    this.#settle();
  }

  /** Shows the checks that are decided by now; the verdict judges all of them once more. */
  #settle(): void {
    const decided = this.#open.filter((check) => isDecidedBy(this.#done, check));
    this.#open = this.#open.filter((check) => !decided.includes(check));
    const evidence = {
      engineIds: this.#engineIds,
      requests: this.#requests,
      blocksEvicted: undefined,
      timersLateMsP50: {},
    };
    for (const { outcome } of judgeScenario(decided, evidence, this.#seed)) {
      this.#stage.view.settled(outcome);
    }
  }
}

/**
 * What is judged instead of the embedded gateway; undefined for that.
 * @throws KvcacheError GATEWAY_NOT_FOR_SCENARIO, PORT_BASE_MISSING, ROUTING_NOT_OURS (kind usage)
 */
function foreignGateway(flags: ScenarioFlags): ForeignGateway | undefined {
  const choice = gatewayChoiceOf(flags.gateway);
  if (flags.gatewayCommand === undefined && choice.kind === 'embedded') return undefined;
  if (flags.routing !== undefined) throw cliError('ROUTING_NOT_OURS');
  if (flags.gatewayCommand !== undefined) return { kind: 'command', command: flags.gatewayCommand };
  if (choice.kind !== 'running') throw cliError('GATEWAY_NOT_FOR_SCENARIO');
  if (!flags.portBase) throw cliError('PORT_BASE_MISSING');
  return choice;
}

function withPolicy(scenario: Scenario, policy: RoutingPolicy | undefined): Scenario {
  if (policy === undefined) return scenario;
  return { ...scenario, gateway: { ...scenario.gateway, policy } };
}

import { resolve } from 'node:path';
import { KvcacheError } from '../../base/errors.ts';
import { MOCK_CHECKS } from '../../run/mock-checks.ts';
import { driveMock, type MockEvent } from '../../run/mock-scenario.ts';
import { ttftMs } from '../../load/sample.ts';
import type { Answer } from '../../load/send.ts';
import { SCENARIOS } from '../../run/scenarios.ts';
import { startMockStack } from '../../stack/mock-stack.ts';
import { type GatewayChoice, gatewayChoiceOf } from '../../net/gateway-choice.ts';
import type { StackPorts } from '../../stack/options.ts';
import type { RunFlags } from './command.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { HeldOutput } from '../shell/held-output.ts';
import { readyDocument } from '../shell/member-document.ts';
import { planReports } from '../shell/reporters.ts';
import { type PlayedMock, runDocument } from './document.ts';
import { keepUp, runInFrame } from './frame.ts';
import { MockNarrator } from './text.ts';
import type { RunView } from './view.ts';

/** `kvcache run`: a scenario up, driven, judged and down again. */
export async function run(flags: RunFlags, context: CliContext): Promise<ExitCode> {
  if (flags.list) return (await import('./list-action.ts')).runList(flags, context);
  if (!SCENARIOS.some(({ name }) => name === flags.scenario)) {
    return (await import('./scenario-action.ts')).runScenario(flags, context);
  }
  if (flags.seed !== undefined || flags.routing !== undefined) throw notForSample();
  const reports = planReports(flags, context);
  const target = { ports: portsOf(flags), gateway: gatewayOf(flags, context.cwd) };
  const narration = new HeldOutput(reports.narration);
  const narrator = new MockNarrator(flags, context, narration);
  return runInFrame(
    {
      prefix: `kvcache-run-${flags.scenario}`,
      reports,
      narration,
      narrator,
      outline: { phases: PHASES, checks: MOCK_CHECKS },
      play: (workDir, view) => playMock({ ...target, workDir, narrator, view }, flags, context),
      document: runDocument,
    },
    flags,
    context,
  );
}

const PHASES = ['starting', 'request 1', 'request 2', 'stopping'];

interface MockRun {
  ports: StackPorts;
  gateway: GatewayChoice;
  workDir: string;
  narrator: MockNarrator;
  view: RunView;
}

async function playMock(
  { ports, gateway, workDir, narrator, view }: MockRun,
  flags: RunFlags,
  context: CliContext,
): Promise<PlayedMock> {
  const { env, cwd, nodePath, clock, signal } = context;
  view.on({ type: 'phase', phase: 'starting' });
  const stack = await startMockStack({
    ports,
    gateway,
    workDir,
    surroundings: { env, cwd, nodePath, clock, signal },
    onMember: (member) => narrator.member(member),
  });
  try {
    const onEvent = (event: MockEvent): void => showEvent(event, view);
    const verdict = await driveMock(stack, { clock, settleDeadlineMs: flags.settle, onEvent });
    narrator.evidence(verdict);
    const { controller, engineA, engineB } = stack;
    if (flags.keep) {
      view.stop();
      const ready = readyDocument({ ...stack, engines: [engineA, engineB] }, workDir);
      await keepUp({ signal: stack.signal, workDir, ready }, narrator, { flags, context });
    }
    return { ...verdict, members: [controller, engineA, engineB, stack.gateway] };
  } finally {
    view.on({ type: 'phase', phase: 'stopping' });
    await stack.stop();
  }
}

function showEvent(event: MockEvent, view: RunView): void {
  if (event.type === 'request') view.on({ type: 'phase', phase: `request ${event.number}` });
  else if (event.type === 'held') view.settled('pass');
  else view.answered({ step: 'mock', ...factsOf(event.answer) });
}

function factsOf({ sample }: Answer) {
  const { servedBy, promptTokens, cachedTokens } = sample;
  const failure = sample.failure === undefined ? undefined : ('unanswered' as const);
  return { failure, servedBy, ttftMs: ttftMs(sample), promptTokens, cachedTokens };
}

function portsOf(flags: RunFlags): StackPorts {
  if (flags.ports === 'auto' || flags.portBase === 0) return { kind: 'auto' };
  return flags.portBase === undefined ? { kind: 'sample' } : { kind: 'base', base: flags.portBase };
}

function gatewayOf({ gateway }: RunFlags, cwd: string): GatewayChoice {
  const choice = gatewayChoiceOf(gateway);
  return choice.kind === 'program' ? { ...choice, file: resolve(cwd, choice.file) } : choice;
}

/** The sample has nothing random, and its config is the one it was written with. */
function notForSample(): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'FLAG_NOT_FOR_SAMPLE',
    message: '--seed and --routing do not apply to the scenario mock.',
    remedy: 'Use them with another scenario; `kvcache run --list` shows all.',
  });
}

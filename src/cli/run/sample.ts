import { resolve } from 'node:path';
import { ttftMs } from '../../load/sample.ts';
import type { Answer } from '../../load/send.ts';
import { type GatewayChoice, gatewayChoiceOf } from '../../net/gateway-choice.ts';
import { MOCK_CHECKS } from '../../run/mock-checks.ts';
import { driveMock, type MockEvent } from '../../run/mock-scenario.ts';
import { type MockStack, startMockStack } from '../../stack/mock-stack.ts';
import { reportSample } from '../../report/report-sample.ts';
import type { StackPorts } from '../../stack/options.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { type RunMembers, sampleDocument } from './document.ts';
import { type FrameFlags, runInFrame } from './frame.ts';
import { tellEvidence, tellMember, tellSampleOpening } from './text.ts';
import type { RunView } from './view.ts';
import { cliError } from '../shell/errors.ts';

export interface SampleFlags extends FrameFlags {
  gateway: string;
  ports?: 'sample' | 'auto';
  portBase?: number;
  /** Milliseconds. */
  settle?: number;
  /** Not for the sample. */
  seed?: number;
  routing?: string;
  gatewayCommand?: string;
}

const SETTLE_MS = 5_000;

/** `kvcache run mock`: the sample's four processes, two requests and five checks. */
export async function runSample(flags: SampleFlags, context: CliContext): Promise<ExitCode> {
  // The sample has nothing random, and its config is the one it was written with.
  const foreign = [flags.seed, flags.routing, flags.gatewayCommand];
  if (foreign.some((it) => it !== undefined)) throw cliError('FLAG_NOT_FOR_SAMPLE');
  const { env, cwd, nodePath, clock, signal } = context;
  const target = { ports: portsOf(flags), gateway: gatewayOf(flags, cwd) };
  return runInFrame(
    {
      prefix: 'kvcache-run-mock',
      phases: ['request 1', 'request 2'],
      checks: MOCK_CHECKS,
      start: async ({ workDir, voice }): Promise<MockStack & RunMembers> => {
        tellSampleOpening(target.gateway, voice);
        const stack = await startMockStack({
          ...target,
          workDir,
          surroundings: { env, cwd, nodePath, clock, signal },
          onMember: (member) => tellMember(member, voice),
        });
        return { ...stack, engines: [stack.engineA, stack.engineB] };
      },
      drive: async (stack, { view, voice }) => {
        const onEvent = (event: MockEvent): void => showEvent(event, view);
        const verdict = await driveMock(stack, {
          clock,
          settleDeadlineMs: flags.settle ?? SETTLE_MS,
          onEvent,
        });
        tellEvidence(verdict, voice);
        return verdict;
      },
      seed: null,
      samples: ({ answers }) => answers.map(({ sample }) => reportSample(sample)),
      document: sampleDocument,
    },
    flags,
    context,
  );
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

function portsOf(flags: SampleFlags): StackPorts {
  if (flags.ports === 'auto' || flags.portBase === 0) return { kind: 'auto' };
  return flags.portBase === undefined ? { kind: 'sample' } : { kind: 'base', base: flags.portBase };
}

function gatewayOf({ gateway }: SampleFlags, cwd: string): GatewayChoice {
  const choice = gatewayChoiceOf(gateway);
  return choice.kind === 'program' ? { ...choice, file: resolve(cwd, choice.file) } : choice;
}

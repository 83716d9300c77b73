import type { Check, Outcome } from '../../base/outcome.ts';
import { latencyMs } from '../../load/sample.ts';
import type { Answer } from '../../load/send.ts';
import type { MockVerdict } from '../../run/mock-scenario.ts';
import type { SentRequest } from '../../run/evidence.ts';
import type { Scenario } from '../../run/scenario.ts';
import type { StackMember } from '../../stack/options.ts';
import { servedByOf } from '../request/document.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import type { StepFigures } from './step-figures.ts';

/** How a run ended, whatever was played. */
export interface RunEnd {
  outcome: Outcome;
  exitCode: ExitCode;
  checks: readonly Check[];
  members: readonly StackMember[];
  workDir: string;
  /** Whether the work directory is still there. */
  isKept: boolean;
  durationMs: number;
}

/** What a scenario file's run found. */
export interface PlayedScenario extends Pick<RunEnd, 'outcome' | 'checks'> {
  scenario: Scenario;
  seed: number;
  /** Judged was a gateway that is not ours, so its policy is not known. */
  isForeign: boolean;
  steps: readonly StepFigures[];
  requests: readonly SentRequest[];
}

/** `kvcache.run/v1` of the sample. */
export function sampleDocument(run: MockVerdict & RunEnd): object {
  return runDocument('mock', run, { responses: run.answers.map(responseOf), stats: run.stats });
}

/** `kvcache.run/v1` of a scenario file. */
export function scenarioDocument(run: PlayedScenario & RunEnd): object {
  const { scenario, seed, isForeign, steps } = run;
  const { demonstrates, gateway } = scenario;
  const routing = isForeign ? null : gateway.policy;
  return runDocument(scenario.name, run, { demonstrates, seed, routing, steps });
}

function runDocument(scenario: string, run: RunEnd, found: object): object {
  return {
    schema: 'kvcache.run/v1',
    scenario,
    outcome: run.outcome,
    exitCode: run.exitCode,
    checks: run.checks,
    ...found,
    members: run.members.map((member) => ({
      title: member.title,
      ...addressOf(member),
      logPath: member.logPath,
    })),
    workDir: run.isKept ? run.workDir : null,
    durationMs: Math.round(run.durationMs),
  };
}

function responseOf({ sample, body }: Answer): object {
  const { status } = sample;
  return { status, body, servedBy: servedByOf(sample), latencyMs: latencyMs(sample) };
}

export interface RunMembers {
  controller: StackMember;
  engines: readonly StackMember[];
  gateway: StackMember;
}

/** The one line that says everything is up. */
export function readyDocument(stack: RunMembers, workDir: string): object {
  const { controller, engines, gateway } = stack;
  const ready = (member: StackMember): object => ({ ready: true, ...addressOf(member) });
  return {
    ready: true,
    controller: ready(controller),
    engines: engines.map(ready),
    gateway: ready(gateway),
    workDir,
  };
}

function addressOf({ role, id, url, metricsUrl, adminUrl, pid }: StackMember): object {
  return { role, id, url, metricsUrl, adminUrl, pid };
}

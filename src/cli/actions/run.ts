import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { KvcacheError } from '../../base/errors.ts';
import { driveMock, type MockVerdict } from '../../run/mock-scenario.ts';
import { SCENARIOS } from '../../run/scenarios.ts';
import { parseBaseUrl } from '../../stack/environment.ts';
import { type MockStack, startMockStack } from '../../stack/mock-stack.ts';
import type { GatewayChoice, StackMember, StackPorts } from '../../stack/options.ts';
import { keepUnlessEmpty, makeWorkDir, type WorkDir } from '../../supervise/work-dir.ts';
import type { RunFlags } from '../commands/run.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../exit-codes.ts';
import { planReports } from '../reporters.ts';
import { readyDocument, runDocument } from '../run-document.ts';
import { deliverRun } from '../run-report.ts';
import { RunNarrator } from '../run-text.ts';

/** `kvcache run`: a scenario up, driven, judged and down again. */
export async function run(flags: RunFlags, context: CliContext): Promise<ExitCode> {
  if (flags.list) return (await import('./run-list.ts')).runList(flags, context);
  if (!SCENARIOS.some(({ name }) => name === flags.scenario)) {
    return (await import('./run-scenario.ts')).runScenario(flags, context);
  }
  if (flags.seed !== undefined || flags.routing !== undefined) throw notForSample();
  const reports = planReports(flags, context);
  const target = { ports: portsOf(flags), gateway: gatewayOf(flags, context.cwd) };
  const startMs = context.clock.nowMs();
  const workDir = await makeWorkDir({
    requested: flags.workDir === undefined ? undefined : resolve(context.cwd, flags.workDir),
    tempRoot: tmpdir(),
    prefix: `kvcache-run-${flags.scenario}`,
  });
  const narrator = new RunNarrator(flags, context, reports.narration);
  try {
    const done = await runMock({ ...target, workDir, narrator }, flags, context);
    const isKept = flags.keepWorkDir === true || done.verdict.outcome !== 'pass';
    if (!isKept) await workDir.remove();
    const exitCode = exitCodeOfOutcome(done.verdict.outcome);
    const durationMs = context.clock.nowMs() - startMs;
    const summary = { ...done, workDir: workDir.path, isKept, durationMs, exitCode };
    narrator.verdict(summary);
    const { outcome, checks } = done.verdict;
    await deliverRun(
      { outcome, checks, exitCode, durationMs, detail: runDocument(summary) },
      reports,
      { flags, context },
    );
    if (flags.json) context.stdout.write(`${JSON.stringify(runDocument(summary))}\n`);
    return exitCode;
  } catch (error) {
    if (await keepUnlessEmpty(workDir)) context.stderr.write(`Logs are kept in ${workDir.path}\n`);
    throw error;
  }
}

interface MockRun {
  ports: StackPorts;
  gateway: GatewayChoice;
  workDir: WorkDir;
  narrator: RunNarrator;
}

async function runMock(
  { ports, gateway, workDir, narrator }: MockRun,
  flags: RunFlags,
  context: CliContext,
): Promise<{ verdict: MockVerdict; members: StackMember[] }> {
  const { env, cwd, nodePath, clock, signal } = context;
  const stack = await startMockStack({
    ports,
    gateway,
    workDir: workDir.path,
    surroundings: { env, cwd, nodePath, clock, signal },
    onMember: (member) => narrator.member(member),
  });
  try {
    const verdict = await driveMock(stack, { clock, settleDeadlineMs: flags.settle });
    narrator.evidence(verdict);
    if (flags.keep) await keepUp(stack, workDir, { flags, context, narrator });
    const { controller, engineA, engineB, gateway } = stack;
    return { verdict, members: [controller, engineA, engineB, gateway] };
  } finally {
    await stack.stop();
  }
}

/**
 * Until the user says stop. The ready line comes after the checks: who waits for it may send traffic
 * without spoiling what is judged.
 */
async function keepUp(
  stack: MockStack,
  workDir: WorkDir,
  { flags, context, narrator }: { flags: RunFlags; context: CliContext; narrator: RunNarrator },
): Promise<void> {
  if (flags.json) {
    context.stdout.write(`${JSON.stringify(readyDocument(stack, workDir.path))}\n`);
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

function portsOf(flags: RunFlags): StackPorts {
  if (flags.ports === 'auto' || flags.portBase === 0) return { kind: 'auto' };
  return flags.portBase === undefined ? { kind: 'sample' } : { kind: 'base', base: flags.portBase };
}

function gatewayOf({ gateway }: RunFlags, cwd: string): GatewayChoice {
  if (gateway === 'embedded' || gateway === 'pixiu') return { kind: gateway };
  if (/^https?:\/\//i.test(gateway)) {
    return { kind: 'running', url: parseBaseUrl(gateway, '--gateway') };
  }
  return { kind: 'program', file: resolve(cwd, gateway) };
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

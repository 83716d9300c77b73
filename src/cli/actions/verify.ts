import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KvcacheError } from '../../base/errors.ts';
import { hash32 } from '../../base/random.ts';
import type { RoutingPolicy } from '../../config/gateway-config.ts';
import { keepUnlessEmpty, makeWorkDir, type WorkDir } from '../../supervise/work-dir.ts';
import { configFindings } from '../../verify/config-findings.ts';
import { VERIFY_PHASES } from '../../verify/events.ts';
import { ObservationLog } from '../../verify/observation-log.ts';
import { type ExperimentPlan, resolvePlan } from '../../verify/plan.ts';
import type { VerifyResult } from '../../verify/result.ts';
import { type TargetSettings, resolveTargets } from '../../verify/settings.ts';
import { verify as runVerification } from '../../verify/verify.ts';
import type { VerifyFlags } from '../commands/verify.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodeOfError, exitCodeOfOutcome } from '../exit-codes.ts';
import { VerifyGateway, gatewayModeOf } from '../verify-gateway.ts';
import { openProgress } from '../progress.ts';
import { VerifyNarrator } from '../verify-text.ts';

/** `kvcache verify`: everything that can be wrong with the call is said before the first request. */
export async function verify(flags: VerifyFlags, context: CliContext): Promise<ExitCode> {
  const { env, cwd } = context;
  const settings = resolveTargets(flags, env);
  const nonce = randomBytes(8).toString('hex');
  const { plan, sources } = resolvePlan(flags, env, { seed: hash32(nonce), nonce });
  const workDir = await makeWorkDir({
    requested: flags.workDir === undefined ? undefined : resolve(cwd, flags.workDir),
    tempRoot: tmpdir(),
    prefix: 'kvcache-verify',
  });
  const narrator = new VerifyNarrator(flags, context);
  narrator.settings([...settings.sources, ...sources]);
  try {
    const result = await measure({ settings, plan, workDir }, flags, context);
    const exitCode = exitCodeOf(result, context);
    const isKept = flags.keepWorkDir === true || env['KEEP_WORK_DIR'] === '1' || exitCode !== 0;
    if (!isKept) await workDir.remove();
    const shown = isKept ? result : withoutFiles(result);
    narrator.result(shown);
    if (flags.json) {
      const document = { schema: 'kvcache.verify/v1', exitCode, ...shown };
      context.stdout.write(`${JSON.stringify(document)}\n`);
    }
    return exitCode;
  } catch (error) {
    if (await keepUnlessEmpty(workDir)) context.stderr.write(`Logs are kept in ${workDir.path}\n`);
    throw error;
  }
}

interface Measurement {
  settings: TargetSettings;
  plan: ExperimentPlan;
  workDir: WorkDir;
}

async function measure(
  { settings, plan, workDir }: Measurement,
  flags: VerifyFlags,
  context: CliContext,
): Promise<VerifyResult> {
  const { env, cwd, nodePath, clock, signal } = context;
  const gateway = new VerifyGateway(settings, {
    policy: flags.routing as RoutingPolicy | undefined,
    workDir: workDir.path,
    surroundings: { env, cwd, nodePath, clock, signal },
  });
  const text = gateway.render(settings.targets.model);
  const log = new ObservationLog(join(workDir.path, 'samples.ndjson'));
  const progress = await openProgress({ title: 'verify', phases: VERIFY_PHASES }, flags, context);
  try {
    return await runVerification({
      targets: settings.targets,
      plan,
      startGateway: (model) => gateway.start(model),
      gatewayMode: gatewayModeOf(settings),
      findings: text === undefined ? [] : configFindings({ file: gateway.configPath!, text }),
      settings: settings.sources,
      artefacts: {
        workDir: workDir.path,
        sampleLog: log.path,
        renderedConfig: gateway.configPath,
        gatewayLog: null,
      },
      nodeVersion: process.versions.node,
      clock,
      signal: gateway.signal,
      onEvent: (event) => progress.onEvent(event),
      record: (observations) => log.append(observations),
    });
  } finally {
    progress.stop();
    log.close();
    await gateway.stop();
  }
}

/** A user's stop beats every verdict: what was measured is incomplete. */
function exitCodeOf(result: VerifyResult, { signal }: CliContext): ExitCode {
  const reason: unknown = signal.reason;
  if (signal.aborted && reason instanceof KvcacheError) {
    return exitCodeOfError(reason.kind, reason.code);
  }
  return exitCodeOfOutcome(result.outcome);
}

function withoutFiles(result: VerifyResult): VerifyResult {
  const artefacts = { workDir: null, sampleLog: null, renderedConfig: null, gatewayLog: null };
  return { ...result, artefacts };
}

import { flagName } from '../../base/flag-name.ts';
import { printable, printableJson } from '../../base/printable.ts';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hash32 } from '../../base/random.ts';
import type { WorkDir } from '../../supervise/work-dir.ts';
import { configError } from '../../config/errors.ts';
import { configFindings } from '../../doctor/config-findings.ts';
import { VERIFY_PHASES } from '../../verify/experiment/events.ts';
import { type BundleParts, writeBundle } from '../../report/bundle.ts';
import { verifyReport } from '../../report/build-verify.ts';
import type { MeasuredSample } from '../../verify/evidence/measured.ts';
import { type LogSetting, ObservationLog } from '../../verify/result/observation-log.ts';
import { type ExperimentPlan, resolvePlan } from '../../verify/experiment/plan.ts';
import type { SettingSource } from '../../target/setting-reader.ts';
import { parityLines } from '../../verify/result/parity.ts';
import type { GatewayMode, VerifyResult } from '../../verify/result/result.ts';
import { judgedConfig } from '../../stack/gateway-config.ts';
import { findGatewayProgram } from '../../stack/gateway-program.ts';
import { GatewayUnderTest } from '../../stack/gateway-under-test.ts';
import { gatewayChoiceOf } from '../../net/gateway-choice.ts';
import { accessVariables } from '../../target/access.ts';
import { type TargetSettings, resolveTargets } from '../../target/settings.ts';
import { verify as runVerification } from '../../verify/verify.ts';
import type { Environment } from '../../base/environment.ts';
import type { KvcacheError } from '../../base/errors.ts';
import type { CliContext } from '../shell/context.ts';
import { cliError } from '../shell/errors.ts';
import type { VerifyFlags } from './flags.ts';
import { type ExitCode, exitCodeOfOutcome, exitCodeOfStop } from '../shell/exit-codes.ts';
import { deliverReports, freshFile, planReports, type ReportPlan } from '../shell/reporters.ts';
import { inWorkDir } from '../shell/in-work-dir.ts';
import { openProgress } from '../shell/progress.ts';
import { tellInsecure } from '../shell/insecure.ts';
import { tellWritten } from '../shell/written.ts';

/** `kvcache verify`: everything that can be wrong with the call is said before the first request. */
export async function verify(flags: VerifyFlags, context: CliContext): Promise<ExitCode> {
  const { env, cwd } = context;
  await refuseUnstartable(flags.gateway, context);
  const settings = resolveTargets(flags, env, cwd);
  tellInsecure(flags, context);
  const nonce = randomBytes(8).toString('hex');
  const { plan, sources } = resolvePlan(flags, env, { seed: hash32(nonce), nonce });
  if (flags.capacity === true) {
    return (await import('./capacity.ts')).verifyCapacity({ settings, plan, flags }, context);
  }
  refuseCapacityFlags(flags);
  if (flags.dryRun)
    return (await import('./dry-run.ts')).verifyDryRun({ settings, plan }, flags, context);
  const bundle = flags.bundle === undefined ? undefined : resolve(cwd, flags.bundle);
  if (bundle !== undefined && existsSync(bundle))
    throw configError('FILE_EXISTS', { where: bundle, remedy: 'Name another file, or remove it.' });
  const reports = planReports(flags, context);
  const inDirectory = async (workDir: WorkDir): Promise<ExitCode> => {
    if (flags.verbose) tellSettings([...settings.sources, ...sources], reports);
    const measured = await measure({ settings, plan, workDir, reports }, flags, context);
    const { exitCode, lost } = measured;
    const isKept =
      flags.keepWorkDir === true || env['KEEP_WORK_DIR'] === '1' || exitCode !== 0 || lost;
    const result = isKept ? measured.result : withoutFiles(measured.result, reports);
    const report = verifyReport({ result, exitCode }, measured.samples);
    if (!lost && result.artefacts.sampleLog)
      tellWritten(result.artefacts.sampleLog, flags, context);
    await deliverReports(report, reports, { flags, context });
    if (bundle !== undefined) {
      const config = await judgedFile(measured.result, { ...env, ...settings.template });
      const samples = measured.result.artefacts.sampleLog;
      await writeBundle(bundle, { report, samples, config }, tmpdir());
      tellWritten(bundle, flags, context);
    }
    if (!isKept) await workDir.remove();
    if (lost) throw lost;
    if (flags.json) {
      const document = { schema: 'kvcache.verify/v1', exitCode, ...result };
      context.stdout.write(`${printableJson(document)}\n`);
    }
    return exitCode;
  };
  return inWorkDir('kvcache-verify', inDirectory, { flags, context });
}

/** They mean nothing to this run: who gives them expects another one. @throws KvcacheError FLAG_INVALID (kind usage) */
function refuseCapacityFlags(flags: VerifyFlags): void {
  const given = ['slo', 'enginePrice'].find((it) => flags[it] !== undefined);
  if (given === undefined) return;
  throw cliError('FLAG_INVALID', {
    message: `${flagName(given)} needs --capacity.`,
    remedy: 'Add --capacity; without it bounds are set with --threshold.',
  });
}

/** @throws KvcacheError GATEWAY_NOT_EXECUTABLE (kind usage), GATEWAY_NOT_FOUND (kind target) */
async function refuseUnstartable(
  gateway: string | undefined,
  { env, cwd }: CliContext,
): Promise<void> {
  const choice = gatewayChoiceOf(gateway ?? 'embedded');
  if (choice.kind !== 'running') await findGatewayProgram(choice, '', { env, cwd });
}

function tellSettings(sources: readonly SettingSource[], { narration }: ReportPlan): void {
  for (const { name, value, source } of sources) {
    narration.write(`${printable(`${name} = ${value}  (${source})`)}\n`);
  }
}

interface Measurement {
  settings: TargetSettings;
  plan: ExperimentPlan;
  workDir: WorkDir;
  reports: ReportPlan;
}

interface Measured {
  result: VerifyResult;
  exitCode: ExitCode;
  samples: readonly MeasuredSample[];
  /** Why the sample log is not whole. */
  lost: KvcacheError | undefined;
}

async function measure(
  { settings, plan, workDir, reports }: Measurement,
  flags: VerifyFlags,
  context: CliContext,
): Promise<Measured> {
  const { env, cwd, nodePath, clock, signal } = context;
  const gatewayEnv = { ...env, ...accessVariables(flags, cwd) };
  const surroundings = { env: gatewayEnv, cwd, nodePath, clock, signal };
  const gateway = new GatewayUnderTest(settings, workDir.path, surroundings);
  const { configPath } = gateway;
  const mode = gatewayModeOf(settings);
  const logPath = await sampleLogPath(workDir, reports);
  const setting: LogSetting = {
    targets: settings.targets,
    plan,
    gatewayMode: mode,
    policy: settings.policy,
    baselineGatewayUrl: settings.baselineGatewayUrl,
    learns: settings.learns,
    settings: settings.sources,
    artefacts: {
      workDir: workDir.path,
      sampleLog: logPath,
      renderedConfig: configPath,
      gatewayLog: null,
    },
    nodeVersion: process.versions.node,
  };
  const log = new ObservationLog(logPath, setting);
  const samples: MeasuredSample[] = [];
  const progress = await openProgress({ title: 'verify', phases: VERIFY_PHASES }, flags, context);
  try {
    const result = await runVerification({
      ...setting,
      startGateway: async (model) => {
        const { url, metricsUrl, logPath } = await gateway.start(model);
        return { url, metricsUrl: settings.metricsUrl ?? metricsUrl, mode, logPath };
      },
      findings:
        configPath === null
          ? []
          : configFindings({ file: configPath, text: judgedConfig(settings) }),
      clock,
      signal: gateway.signal,
      onEvent: (event) => progress.onEvent(event),
      record: (sample) => {
        samples.push(sample);
        log.append(sample);
      },
      journal: (ledger, state) => log.state(ledger, state),
    });
    // A user's stop beats every verdict: what was measured is incomplete.
    const exitCode = signal.aborted ? exitCodeOfStop(signal) : exitCodeOfOutcome(result.outcome);
    log.end(exitCode);
    return { result, exitCode, samples, lost: log.close() };
  } finally {
    progress.stop();
    log.close();
    await gateway.stop();
  }
}

function gatewayModeOf({ gateway }: TargetSettings): GatewayMode {
  return gateway.kind === 'embedded' || gateway.kind === 'running' ? gateway.kind : 'binary';
}

/** The config that was judged, where this run wrote one. */
async function judgedFile(
  { artefacts: { renderedConfig } }: VerifyResult,
  variables: Environment,
): Promise<BundleParts['config']> {
  if (renderedConfig === null || !existsSync(renderedConfig)) return null;
  return { text: await readFile(renderedConfig, 'utf8'), variables };
}

/** In the folder of the reports when there is one: the work directory of a good run is removed. */
async function sampleLogPath(workDir: WorkDir, { folder }: ReportPlan): Promise<string> {
  if (folder === undefined) return join(workDir.path, 'samples.ndjson');
  return freshFile(folder, 'samples.ndjson');
}

function withoutFiles(result: VerifyResult, { folder }: ReportPlan): VerifyResult {
  const sampleLog = folder === undefined ? null : result.artefacts.sampleLog;
  const artefacts = { workDir: null, sampleLog, renderedConfig: null, gatewayLog: null };
  return { ...result, artefacts, parity: parityLines({ ...result, artefacts }) };
}

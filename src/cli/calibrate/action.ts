import { basename, resolve } from 'node:path';
import { profileCalled } from '../../../mocks/fleet/engine-profile.ts';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { type Outcome, worstOutcome } from '../../base/outcome.ts';
import { printableJson } from '../../base/printable.ts';
import { VERSION } from '../../base/version.ts';
import { calibrate, type Calibration } from '../../calibrate/calibration.ts';
import { calibrationOf } from '../../calibrate/provenance.ts';
import { figuresOf } from '../../calibrate/figures.ts';
import { calibrateChecks } from '../../calibrate/judge.ts';
import { profileText } from '../../calibrate/profile-text.ts';
import type { CalibrateFigures } from '../../calibrate/result.ts';
import { calibrateReport } from '../../report/build-calibrate.ts';
import type { CalibrateReport } from '../../report/model.ts';
import { refuseUnwritable, writeWhole } from '../../report/write.ts';
import type { CliContext } from '../shell/context.ts';
import { cliError } from '../shell/errors.ts';
import { type ExitCode, exitCodeOfOutcome, exitCodeOfStop } from '../shell/exit-codes.ts';
import { tellInsecure } from '../shell/insecure.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import { tellWritten } from '../shell/written.ts';
import type { CalibrateFlags } from './flags.ts';
import { probeDryRun } from './dry-run.ts';
import { takeFromLog } from './from-log.ts';
import { takeByProbing } from './probing.ts';
import type { Taken } from './taken.ts';

/** `kvcache calibrate`: fit the step model to one engine, and say how far it may be believed. */
export async function calibrateEngine(
  flags: CalibrateFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { clock, cwd } = context;
  const base = profileCalled(flags.base, cwd, '--base');
  tellInsecure(flags, context);
  const { engine, samples } = flags;
  if (engine !== undefined && flags.dryRun) return probeDryRun(engine, flags, { base, context });
  const reports = planReports({ ...flags, out: undefined }, context);
  const profilePath = flags.out === undefined ? undefined : resolve(cwd, flags.out);
  if (profilePath !== undefined) refuseUnwritable(profilePath);
  const startedMs = clock.nowMs();
  const taken = await taking({ engine, samples }, flags, { base, context });
  const calibration = calibrate(taken.samples, taken.base);
  const figures = figuresOf(calibration, taken.base, taken);
  const report = reported(
    { flags, context, taken, durationMs: clock.nowMs() - startedMs },
    figures,
  );
  if (profilePath !== undefined && calibration && report.outcome !== 'invalid') {
    await writeProfile(profilePath, { calibration, figures, report });
    tellWritten(profilePath, flags, context);
  }
  await deliverReports(report, reports, { flags, context });
  if (flags.json) context.stdout.write(documentOf(report));
  return report.exitCode as ExitCode;
}

function taking(
  { engine, samples }: Pick<CalibrateFlags, 'engine' | 'samples'>,
  flags: CalibrateFlags,
  around: { base: EngineProfile; context: CliContext },
): Promise<Taken> {
  if (engine !== undefined) return takeByProbing(engine, flags, around);
  if (samples !== undefined) return takeFromLog(samples, flags, around);
  throw cliError('FLAG_INVALID', {
    message: 'Nothing says what to calibrate.',
    remedy: 'Name an engine with --engine, or a sample log with --samples.',
  });
}

interface Ran {
  flags: CalibrateFlags;
  context: CliContext;
  taken: Taken;
  durationMs: number;
}

function reported({ flags, context, taken, durationMs }: Ran, result: CalibrateFigures) {
  const { signal, clock } = context;
  const isPartial = signal.aborted;
  const { maxError, seed, base, promptTokens = null, batch, rounds } = flags;
  const checks = calibrateChecks(result, { maxError, company: taken.company });
  const judged = worstOutcome(checks.map((it) => it.outcome));
  const outcome: Outcome = isPartial && judged === 'pass' ? 'inconclusive' : judged;
  return calibrateReport({
    version: VERSION,
    outcome,
    exitCode: isPartial ? exitCodeOfStop(signal) : exitCodeOfOutcome(outcome),
    isPartial,
    startedAt: new Date(clock.wallMs() - durationMs).toISOString(),
    durationMs,
    seed,
    comparable: { base, promptTokens, batch, rounds, isProbed: flags.engine !== undefined },
    checks,
    samples: taken.samples,
    result,
  });
}

async function writeProfile(
  path: string,
  {
    calibration,
    figures,
    report,
  }: { calibration: Calibration; figures: CalibrateFigures; report: CalibrateReport },
): Promise<void> {
  const { profile, terms } = calibration;
  const name = basename(path).replace(/\.(?:ya?ml|json)$/i, '');
  const text = profileText({
    profile: { ...profile, name },
    terms,
    calibration: calibrationOf(calibration, figures, {
      by: report.version,
      date: report.startedAt!,
    }),
  });
  await writeWhole(path, [text]);
}

function documentOf({
  outcome,
  exitCode,
  isPartial,
  checks,
  seed,
  result,
}: CalibrateReport): string {
  const document = { schema: 'kvcache.calibrate/v1', outcome, exitCode, isPartial, checks, seed };
  const { residuals: _, ...shown } = result;
  return `${printableJson({ ...document, ...shown })}\n`;
}

import { worstOutcome } from '../../base/outcome.ts';
import { checkThreshold } from '../../load/metrics.ts';
import { type LoadEnd, loadReport } from '../../report/build-load.ts';
import { type ExitCode, exitCodeOfOutcome, exitCodeOfStop } from '../shell/exit-codes.ts';
import { deliverReports } from '../shell/reporters.ts';
import { tellWritten } from '../shell/written.ts';
import { writeDocument } from './document.ts';
import { generatorSound, requestsSucceed } from './checks.ts';
import type { LoadJob } from './job.ts';
import type { Measured } from './measure.ts';
import { promptsLine } from './text.ts';

/** Judges what was measured and hands it over in every form that was asked for. */
export async function deliver(job: LoadJob, measured: Measured): Promise<ExitCode> {
  const { flags, context, reports } = job;
  const { result, samples, sharded } = measured;
  const end = endOf(job, measured);
  job.log?.end({ ...end });
  const lost = job.log?.close();
  if (job.log && !lost) tellWritten(job.log.path, flags, context);
  const shards = sharded && [sharded.facts];
  const made = loadReport(job.head, end, { result, samples, shards });
  await deliverReports(made, reports, { flags, context });
  if (lost) throw lost;
  if (flags.json) {
    const { outcome: phase, failures, certificate, audit } = measured;
    const found = { phase, result, failures, certificate, audit };
    writeDocument(job.head, end, { samples: flags.samples ?? null, ...found }, context);
  }
  return end.exitCode as ExitCode;
}

function endOf({ flags, settings, context }: LoadJob, measured: Measured): LoadEnd {
  const { outcome: phase, result, failures, audit, certificate, sharded } = measured;
  const checks = [
    requestsSucceed(
      { outcome: phase, result, failures, timeoutMs: flags.timeout },
      flags.maxErrorRate,
    ),
    generatorSound(audit),
    ...(sharded ? [] : settings.thresholds).map((it) => checkThreshold(it, result)),
  ];
  const isPartial = phase.ended === 'stopped';
  const outcome = worstOutcome([
    ...checks.map((check) => check.outcome),
    // What the rest would have shown nobody knows: a run that was cut off does not pass.
    ...(isPartial ? (['inconclusive'] as const) : []),
  ]);
  return {
    outcome,
    exitCode: isPartial ? exitCodeOfStop(context.signal) : exitCodeOfOutcome(outcome),
    isPartial,
    stopReason: isPartial ? 'Stopped by the user.' : null,
    checks,
    prompts: promptsLine(certificate, settings.trace),
    audit,
    ...(sharded && { ...sharded.sent, phase, certificate }),
  };
}

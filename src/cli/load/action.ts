import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { tellInsecure } from '../shell/insecure.ts';
import { planReports } from '../shell/reporters.ts';
import { deliver } from './deliver.ts';
import type { LoadFlags } from './flags.ts';
import { type LoadJob, loadHead, openLog } from './job.ts';
import { measure } from './measure.ts';
import { loadSettings } from './settings.ts';
import { resolveTarget } from './target.ts';

/** `kvcache load`: put load on one server, measure it, judge the generator and the thresholds. */
export async function load(flags: LoadFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, clock } = context;
  const freshId = `${clock.wallMs().toString(36)}-${flags.seed}`;
  const settings = loadSettings(flags, { cwd, freshId });
  tellInsecure(flags, context);
  if (flags.emit !== undefined) {
    return (await import('./emit.ts')).emitLoad(flags, freshId, context);
  }
  if (flags.find !== undefined)
    return (await import('./find.ts')).loadFind(flags, settings, context);
  if (flags.dryRun) return (await import('./dry-run.ts')).loadDryRun(flags, settings, context);
  if (flags.processes !== undefined) {
    return (await import('./processes.ts')).loadByProcesses(flags, settings, context);
  }
  const reports = planReports(flags, context);
  const target = await resolveTarget(flags, context);
  const head = loadHead({ flags, settings, target, context });
  const log = await openLog(flags, head, { reports, cwd });
  const job: LoadJob = { flags, settings, target, context, head, log, reports };
  try {
    const measured = await measure(job);
    return await deliver(job, measured);
  } finally {
    log?.close();
    await target.close();
  }
}

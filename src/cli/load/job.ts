import { resolve } from 'node:path';
import { redactUrl } from '../../base/origin.ts';
import { VERSION } from '../../base/version.ts';
import { CHAT_ROUTE } from '../../load/chat-client.ts';
import { SampleLog } from '../../load/sample-log.ts';
import type { LoadHead } from '../../report/build-load.ts';
import type { CliContext } from '../shell/context.ts';
import { freshFile, type ReportPlan } from '../shell/reporters.ts';
import { comparableFlags, type LoadFlags } from './flags.ts';
import type { LoadSettings } from './settings.ts';
import type { LoadTarget } from './target.ts';

/** A run of load, before anything is sent. */
export interface LoadJob {
  flags: LoadFlags;
  settings: LoadSettings;
  target: LoadTarget;
  context: CliContext;
  head: LoadHead;
  log: SampleLog | undefined;
  reports: ReportPlan;
}

export function loadHead({
  flags,
  settings,
  target,
  context,
}: Pick<LoadJob, 'flags' | 'settings' | 'target' | 'context'>): LoadHead {
  return {
    version: VERSION,
    runId: settings.runId,
    seed: flags.seed,
    target: redactUrl(`${target.baseUrl}${CHAT_ROUTE}`),
    model: target.model,
    timeoutMs: flags.timeout,
    startedAt: new Date(context.clock.wallMs()).toISOString(),
    comparable: { ...comparableFlags(flags), model: target.model },
    // Only the whole can be judged by them.
    ...(settings.sharding && { shard: settings.sharding.shard, thresholds: flags.threshold }),
  };
}

/** @throws KvcacheError SAMPLES_UNWRITABLE, REPORT_UNWRITABLE (kind usage) */
export async function openLog(
  flags: LoadFlags,
  head: LoadHead,
  { reports, cwd }: { reports: ReportPlan; cwd: string },
): Promise<SampleLog | undefined> {
  if (flags.samples !== undefined) return new SampleLog(resolve(cwd, flags.samples), { ...head });
  return reports.folder === undefined
    ? undefined
    : new SampleLog(await freshFile(reports.folder, 'samples.ndjson'), { ...head });
}

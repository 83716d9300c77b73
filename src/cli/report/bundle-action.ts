import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { configError } from '../../config/errors.ts';
import { writeBundle } from '../../report/bundle.ts';
import { findSource, readReport } from '../../report/rebuild.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { unjudged } from '../shell/unjudged.ts';
import type { OutputFlags } from '../shell/options.ts';
import { tellWritten } from '../shell/written.ts';

export interface BundleFlags extends OutputFlags {
  source: string;
  file: string;
  force?: boolean;
}

/** `kvcache report bundle SOURCE FILE`. */
export async function bundleReport(flags: BundleFlags, context: CliContext): Promise<ExitCode> {
  const path = resolve(context.cwd, flags.file);
  if (!flags.force && existsSync(path)) throw configError('FILE_EXISTS', { where: path });
  const source = await findSource(resolve(context.cwd, flags.source));
  const report = await readReport(source);
  const samples = source.endsWith('.ndjson') ? source : null;
  await writeBundle(path, { report, samples, config: null }, tmpdir());
  tellWritten(path, flags, context);
  if (flags.json) {
    context.stdout.write(unjudged('kvcache.report-bundle/v1', { file: flags.file }));
  }
  return ExitCode.pass;
}

import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { writeBundle } from '../../report/bundle.ts';
import { findSource, readReport } from '../../report/rebuild.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { unjudged } from '../shell/unjudged.ts';
import type { OutputFlags } from '../shell/options.ts';

export interface BundleFlags extends OutputFlags {
  source: string;
  file: string;
}

/** `kvcache report bundle SOURCE FILE`. */
export async function bundleReport(flags: BundleFlags, context: CliContext): Promise<ExitCode> {
  const source = await findSource(resolve(context.cwd, flags.source));
  const report = await readReport(source);
  const samples = source.endsWith('.ndjson') ? await readFile(source) : null;
  await writeBundle(resolve(context.cwd, flags.file), { report, samples, config: null }, tmpdir());
  if (flags.json) {
    context.stdout.write(unjudged('kvcache.report-bundle/v1', { file: flags.file }));
  }
  return ExitCode.pass;
}

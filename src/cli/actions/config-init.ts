import { resolve } from 'node:path';
import { writePrivateFile } from '../../config/files.ts';
import { readShippedConfig } from '../../config/shipped.ts';
import type { ConfigInitFlags } from '../commands/config-init.ts';
import { configDocument } from '../config-document.ts';
import type { CliContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';

export interface ConfigInitOptions {
  file: string;
  flags: ConfigInitFlags;
}

/** @throws KvcacheError FILE_EXISTS or FILE_NOT_WRITTEN (kind usage) */
export async function configInit(
  { file, flags }: ConfigInitOptions,
  { cwd, stdout, stderr }: CliContext,
): Promise<ExitCode> {
  const { text } = readShippedConfig(`starter-${flags.kind}.yaml`);
  await writePrivateFile(resolve(cwd, file), text, { overwrite: flags.force === true });
  const start = `kvcache gateway start -c ${file}`;
  const next = flags.kind === 'mock' ? start : `set the addresses in it, then ${start}`;
  if (flags.json) {
    const body = { kind: flags.kind, file, next };
    stdout.write(configDocument('init', ExitCode.pass, body));
  } else {
    stderr.write(`Wrote ${file}. Next: ${next}\n`);
  }
  return ExitCode.pass;
}

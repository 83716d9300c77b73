import { resolve } from 'node:path';
import { parseOrigin } from '../../../base/origin.ts';
import { writePrivateFile } from '../../../config/files.ts';
import { integer, optional } from '../../../schema/describe.ts';
import { starterConfig, type StarterPlaces } from '../../../stack/gateway-config.ts';
import { resolveEngines } from '../../../target/engine-settings.ts';
import { SettingReader } from '../../../target/setting-reader.ts';
import { configDocument } from '../document.ts';
import type { CliContext } from '../../shell/context.ts';
import { ExitCode } from '../../shell/exit-codes.ts';

export interface ConfigInitFlags {
  file: string;
  kind: 'mock' | 'real-engine';
  engine?: string[];
  vllm?: string[];
  lmcache?: string;
  model?: string;
  listenPort?: string;
  force?: boolean;
  json?: boolean;
}

/**
 * Writes a starter, for the servers that flags name or those it begins with.
 * @throws KvcacheError FILE_EXISTS, FILE_NOT_WRITTEN, URL_INVALID, ENGINE_INVALID or SETTING_INVALID
 *   (kind usage)
 */
export async function configInit(
  flags: ConfigInitFlags,
  { cwd, stdout, stderr }: CliContext,
): Promise<ExitCode> {
  const { file } = flags;
  const places = placesOf(flags);
  const written = starterConfig(flags.kind, places);
  if (file === '-') {
    const body = { kind: flags.kind, file: null, text: written };
    stdout.write(flags.json ? configDocument('init', ExitCode.pass, body) : written);
    return ExitCode.pass;
  }
  await writePrivateFile(resolve(cwd, file), written, { overwrite: flags.force === true });
  const next = nextStep(file, flags.kind, places);
  if (flags.json) {
    const body = { kind: flags.kind, file, next };
    stdout.write(configDocument('init', ExitCode.pass, body));
  } else {
    stderr.write(`Wrote ${file}. Next: ${next}\n`);
  }
  return ExitCode.pass;
}

/** Flags alone: a variable of another command must not get into a file unseen. */
function placesOf({ engine, vllm, lmcache, model, listenPort }: ConfigInitFlags): StarterPlaces {
  const reader = new SettingReader({ engine, vllm, listenPort }, {});
  const port = optional(integer('Where the gateway listens.', 0, { max: 65_535 }));
  return {
    engines: resolveEngines(reader, {}),
    controllerUrl: lmcache === undefined ? undefined : parseOrigin(lmcache, '--lmcache').url,
    model,
    listenPort: reader.value({ flag: 'listenPort' }, port),
  };
}

function nextStep(file: string, kind: ConfigInitFlags['kind'], { engines }: StarterPlaces): string {
  const start = `kvcache gateway start -c ${file}`;
  if (engines.length > 0) return start;
  return kind === 'mock'
    ? `${start}, beside kvcache mock up`
    : `set the addresses in it, then ${start}`;
}

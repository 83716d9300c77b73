import { resolve } from 'node:path';
import { readOrigin } from '../../../base/origin.ts';
import type { CliContext } from '../../shell/context.ts';
import { cliError } from '../../shell/errors.ts';
import { ExitCode } from '../../shell/exit-codes.ts';
import { unjudged } from '../../shell/unjudged.ts';
import type { LoadFlags } from '../flags.ts';
import { planFile } from '../plan-file.ts';
import { dataIn } from '../settings.ts';
import type { EmittedFile } from './emission.ts';
import { type EngineName, writerOf } from './engines.ts';

/** Flags that name files, which every process reads. */
const FILE_FLAGS = ['trace', 'file', 'cacert'] as const;
/** A ConfigMap holds 1 MiB. */
const FILES_BYTES_MAX = 900_000;

/**
 * `kvcache load --emit ENGINE`: what runs the processes there, on stdout. Nothing is sent.
 * @throws KvcacheError FLAG_INVALID (kind usage), and as `readTextFile`
 */
export async function emitLoad(
  flags: LoadFlags,
  id: string,
  context: CliContext,
): Promise<ExitCode> {
  const engine = flags.emit as EngineName;
  refuseSecrets(flags);
  const { processes, apiKeyEnv, image, barrierWait: barrierWaitMs } = flags;
  if (processes === undefined)
    throw invalid('--emit does not say how many.', 'Give --processes N.');
  if (flags.samples !== undefined || flags.out !== undefined) {
    throw invalid(
      '--emit writes no samples here.',
      'Say where the shards keep them: --results-to.',
    );
  }
  const resultsTo = placeOf(flags, engine, context.cwd);
  const files = filesOf(flags, context.cwd);
  if (engine === 'kubernetes') refuseLarge(files);
  refuseOddNames(flags);
  const plan = planFile(flags);
  const emission = { id, processes, plan, files, apiKeyEnv, image, resultsTo, barrierWaitMs };
  const text = (await writerOf(engine))(emission);
  context.stdout.write(flags.json ? unjudged('kvcache.load-emit/v1', { engine, text }) : text);
  return ExitCode.pass;
}

/** A header may be a key, and nobody can tell; the file is made to be kept and passed on. */
function refuseSecrets({ url, tokenizeUrl, header }: LoadFlags): void {
  for (const address of [url, tokenizeUrl]) {
    const { password, username } = new URL((address && readOrigin(address)?.url) ?? 'http://x');
    if (password || username) {
      throw invalid(
        'The URL holds a password.',
        'Leave it out, and send the key with --api-key-env.',
      );
    }
  }
  if (header.some((it) => !/^host:/i.test(it))) {
    throw invalid(
      'A --header may be a secret, which --emit would write into a file.',
      'Send the key with --api-key-env; Host alone may be given.',
    );
  }
}

function placeOf({ resultsTo }: LoadFlags, engine: EngineName, cwd: string): string {
  if (engine === 'slurm') return resolve(cwd, resultsTo ?? '.');
  if (resultsTo !== undefined && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(resultsTo)) {
    return resultsTo;
  }
  throw invalid(
    resultsTo === undefined
      ? '--emit kubernetes does not say where the samples go.'
      : `--results-to cannot be "${resultsTo}".`,
    'Name a PersistentVolumeClaim that all nodes can write to: --results-to NAME.',
  );
}

function filesOf(flags: LoadFlags, cwd: string): EmittedFile[] {
  return FILE_FLAGS.flatMap((flag) => {
    const path = flags[flag];
    return path === undefined ? [] : [{ flag, path: resolve(cwd, path), text: dataIn(path, cwd) }];
  });
}

function refuseLarge(files: readonly EmittedFile[]): void {
  const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (bytes <= FILES_BYTES_MAX) return;
  throw invalid(
    `The files of the plan are ${bytes} bytes, and a ConfigMap holds ${FILES_BYTES_MAX}.`,
    'Send less of the file, or use --emit slurm, where nodes read it themselves.',
  );
}

/** Names that stand in a manifest as they are; everything else that was written stands in quotes. */
function refuseOddNames({ apiKeyEnv, image }: LoadFlags): void {
  if (apiKeyEnv !== undefined && !/^[A-Za-z_]\w*$/.test(apiKeyEnv)) {
    throw invalid(`--api-key-env cannot be "${apiKeyEnv}".`, 'Name a variable.');
  }
  if (!/^[\w][\w./:@-]*$/.test(image)) {
    throw invalid(`--image cannot be "${image}".`, 'Name it as a registry does: HOST/NAME:TAG.');
  }
}

function invalid(message: string, remedy: string) {
  return cliError('FLAG_INVALID', { message, remedy });
}

import { resolve } from 'node:path';
import { sumOf } from '../../../base/lists.ts';
import type { CliContext } from '../context.ts';
import { cliError } from '../errors.ts';
import { ExitCode } from '../exit-codes.ts';
import { unjudged } from '../unjudged.ts';
import { type EmittedFile, type Emission, nameOfCommand } from './emission.ts';
import { type EngineName, writerOf } from './engines.ts';

/** What was asked for, whatever the command. */
export interface EmitFlags {
  emit?: string | undefined;
  processes?: number | undefined;
  image: string;
  resultsTo?: string | undefined;
  apiKeyEnv?: string | undefined;
  out?: string | undefined;
  json?: boolean;
}

/** What is to be run, as its command knows it. */
export type Job = Omit<Emission, 'processes' | 'image' | 'resultsTo' | 'apiKeyEnv'>;

/** A ConfigMap holds 1 MiB. */
const FILES_BYTES_MAX = 900_000;

/**
 * `--emit ENGINE`: what runs the processes there, on stdout. Nothing is run.
 * @throws KvcacheError FLAG_INVALID (kind usage)
 */
export async function emitJob(flags: EmitFlags, job: Job, context: CliContext): Promise<ExitCode> {
  const engine = flags.emit as EngineName;
  const { processes, apiKeyEnv, image } = flags;
  if (processes === undefined) {
    throw emitInvalid('--emit does not say how many.', 'Give --processes N.');
  }
  if (flags.out !== undefined) {
    const remedy = 'Say where the processes keep what they write: --results-to.';
    throw emitInvalid('--emit writes no reports here.', remedy);
  }
  const resultsTo = placeOf(flags, engine, context.cwd);
  if (engine === 'kubernetes') refuseLarge(job);
  refuseOddNames(flags);
  const text = (await writerOf(engine))({ ...job, processes, apiKeyEnv, image, resultsTo });
  const { json } = flags;
  context.stdout.write(
    json ? unjudged(`kvcache.${nameOfCommand(job.command)}-emit/v1`, { engine, text }) : text,
  );
  return ExitCode.pass;
}

/** Of the flags of these names, those that name a file. */
export function emittedFiles(
  flags: Readonly<Record<string, unknown>>,
  names: readonly string[],
  { cwd, read }: { cwd: string; read: (path: string, cwd: string) => string },
): EmittedFile[] {
  return names.flatMap((flag) => {
    const path = flags[flag];
    if (typeof path !== 'string') return [];
    return [{ flag, path: resolve(cwd, path), text: read(path, cwd) }];
  });
}

export function emitInvalid(message: string, remedy: string) {
  return cliError('FLAG_INVALID', { message, remedy });
}

function placeOf({ resultsTo }: EmitFlags, engine: EngineName, cwd: string): string {
  if (engine === 'slurm') return resolve(cwd, resultsTo ?? '.');
  if (resultsTo !== undefined && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(resultsTo)) {
    return resultsTo;
  }
  throw emitInvalid(
    resultsTo === undefined
      ? '--emit kubernetes does not say where the results go.'
      : `--results-to cannot be "${resultsTo}".`,
    'Name a PersistentVolumeClaim that all nodes can write to: --results-to NAME.',
  );
}

function refuseLarge({ files, operand }: Job): void {
  const texts = [...files.map(({ text }) => text), operand?.text ?? ''];
  const bytes = sumOf(texts, (text) => Buffer.byteLength(text));
  if (bytes <= FILES_BYTES_MAX) return;
  throw emitInvalid(
    `The files of the plan are ${bytes} bytes, and a ConfigMap holds ${FILES_BYTES_MAX}.`,
    'Take less of the file, or use --emit slurm, where nodes read it themselves.',
  );
}

/** Names that stand in a manifest as they are; everything else that was written stands in quotes. */
function refuseOddNames({ apiKeyEnv, image }: EmitFlags): void {
  if (apiKeyEnv !== undefined && !/^[A-Za-z_]\w*$/.test(apiKeyEnv)) {
    throw emitInvalid(`--api-key-env cannot be "${apiKeyEnv}".`, 'Name a variable.');
  }
  if (!/^[\w][\w./:@-]*$/.test(image)) {
    throw emitInvalid(
      `--image cannot be "${image}".`,
      'Name it as a registry does: HOST/NAME:TAG.',
    );
  }
}

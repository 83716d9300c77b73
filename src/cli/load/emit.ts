import type { CliContext } from '../shell/context.ts';
import { emitInvalid, emitJob, emittedFiles } from '../shell/emit/emit.ts';
import { refusePassword } from '../shell/emit/refuse-password.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { planFile } from '../shell/plan-file.ts';
import { LOAD_PLAN, type LoadFlags } from './flags.ts';
import { dataIn } from './settings.ts';

/** Flags that name files, which every process reads. */
const FILE_FLAGS = ['trace', 'file', 'cacert'] as const;

/**
 * `kvcache load --emit ENGINE`: what sends the plan in shards there. Nothing is sent.
 * @throws KvcacheError FLAG_INVALID (kind usage), and as `readTextFile`
 */
export async function emitLoad(
  flags: LoadFlags,
  id: string,
  context: CliContext,
): Promise<ExitCode> {
  refuseSecrets(flags);
  if (flags.samples !== undefined) {
    const remedy = 'Say where the shards keep them: --results-to.';
    throw emitInvalid('--emit writes no samples here.', remedy);
  }
  const job = {
    id,
    command: 'load',
    operand: undefined,
    plan: planFile(LOAD_PLAN, { ...flags }),
    files: emittedFiles({ ...flags }, FILE_FLAGS, { cwd: context.cwd, read: dataIn }),
    idFlag: flags.runId === undefined ? 'run-id' : undefined,
    barrierWaitMs: flags.barrierWait,
    result: { flag: 'samples', ending: '.ndjson' },
  };
  return emitJob(flags, job, context);
}

/** A header may be a key, and nobody can tell; the file is made to be kept and passed on. */
function refuseSecrets({ url, tokenizeUrl, header }: LoadFlags): void {
  for (const address of [url, tokenizeUrl]) refusePassword(address);
  if (header.some((it) => !/^host:/i.test(it))) {
    throw emitInvalid(
      'A --header may be a secret, which --emit would write into a file.',
      'Send the key with --api-key-env; Host alone may be given.',
    );
  }
}

import { closeSync } from 'node:fs';
import { resolve } from 'node:path';
import { isProfileFile } from '../../../mocks/fleet/engine-profile.ts';
import { openTextFile } from '../../base/text-file.ts';
import { dataIn } from '../load/settings.ts';
import type { CliContext } from '../shell/context.ts';
import type { Operand } from '../shell/emit/emission.ts';
import { emitInvalid, emitJob, emittedFiles } from '../shell/emit/emit.ts';
import { RESULTS_FOLDER } from '../shell/emit/kubernetes.ts';
import { refusePassword } from '../shell/emit/refuse-password.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { planFile } from '../shell/plan-file.ts';
import { ANALYZE_PLAN, type AnalyzeFlags } from './flags.ts';
import { isServer } from './reading.ts';

/**
 * `kvcache prompts analyze FILE --emit ENGINE`: what analyzes it in parts there. Nothing is analyzed.
 * @throws KvcacheError FLAG_INVALID (kind usage), and as `readTextFile`
 */
export async function emitAnalysis(flags: AnalyzeFlags, context: CliContext): Promise<ExitCode> {
  const { cwd, clock } = context;
  const tokenizer = tokenizerFrom(flags, cwd);
  const names = isProfileFile(flags.profile ?? '') ? ['profile'] : [];
  const job = {
    id: clock.wallMs().toString(36),
    command: 'prompts analyze',
    operand: operandOf(flags, cwd),
    plan: planFile(ANALYZE_PLAN, { ...flags, tokenizer }),
    files: emittedFiles({ ...flags }, names, { cwd, read: dataIn }),
    idFlag: undefined,
    barrierWaitMs: undefined,
    result: { flag: 'out', ending: '.part' },
  };
  return emitJob(flags, job, context);
}

/** Nodes of Slurm read it where it lies; pods have it from the manifest, or from the claim. */
function operandOf({ file, emit }: AnalyzeFlags, cwd: string): Operand {
  if (file === '-') {
    throw emitInvalid(
      '--emit cannot pass on what it reads.',
      'Name a file that all parts can read.',
    );
  }
  const path = resolve(cwd, file);
  if (emit === 'kubernetes') {
    return isInClaim(path) ? { path } : { path, text: dataIn(file, cwd) };
  }
  closeSync(openTextFile(path, file));
  return { path };
}

/** A folder where nodes find it. */
function tokenizerFrom({ tokenizer, emit }: AnalyzeFlags, cwd: string): string | undefined {
  if (tokenizer === undefined) return undefined;
  if (isServer(tokenizer, cwd)) {
    refusePassword(tokenizer);
    return tokenizer;
  }
  const folder = resolve(cwd, tokenizer);
  if (emit === 'slurm' || isInClaim(folder)) return folder;
  throw emitInvalid(
    `--emit kubernetes cannot carry the folder ${tokenizer}.`,
    `Put it into the claim of --results-to, and name it as pods see it: ${RESULTS_FOLDER}/FOLDER.`,
  );
}

function isInClaim(path: string): boolean {
  return path.startsWith(`${RESULTS_FOLDER}/`);
}

import { resolve } from 'node:path';
import { isProfileFile } from '../../../mocks/fleet/engine-profile.ts';
import { dataIn } from '../load/settings.ts';
import type { CliContext } from '../shell/context.ts';
import { emitInvalid, emitJob, emittedFiles } from '../shell/emit/emit.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { planFile } from '../shell/plan-file.ts';
import { SIMULATE_PLAN, type SimulateFlags } from './flags.ts';
import { rowsToRun, type SimulateSettings } from './settings.ts';

/**
 * `kvcache simulate --emit ENGINE`: what runs the rows in parts there. Nothing is simulated.
 * @throws KvcacheError FLAG_INVALID (kind usage), and as `readTextFile`
 */
export async function emitSimulation(
  flags: SimulateFlags,
  settings: SimulateSettings,
  context: CliContext,
): Promise<ExitCode> {
  const { cwd, clock } = context;
  refuseTooMany(flags, settings);
  const policy = policiesFrom(flags, cwd);
  const names = ['trace', 'file', 'fleet', ...(isProfileFile(flags.profile) ? ['profile'] : [])];
  const job = {
    id: `${clock.wallMs().toString(36)}-${flags.seed}`,
    command: 'simulate',
    operand: undefined,
    plan: planFile(SIMULATE_PLAN, { ...flags, policy }),
    files: emittedFiles({ ...flags }, names, { cwd, read: dataIn }),
    idFlag: undefined,
    barrierWaitMs: undefined,
    result: { flag: 'out', ending: '.part' },
  };
  return emitJob(flags, job, context);
}

function refuseTooMany({ processes, find }: SimulateFlags, settings: SimulateSettings): void {
  if (find !== undefined) {
    const remedy = 'Sweep the engines or rates instead: --sweep.';
    throw emitInvalid('A search is one process: each step follows from the one before.', remedy);
  }
  const rows = rowsToRun(settings).length;
  if (processes === undefined || processes <= rows) return;
  throw emitInvalid(
    `--processes ${processes} is more than there are rows to run: ${rows}.`,
    `Give ${rows} or fewer.`,
  );
}

/** Modules where all nodes find them. */
function policiesFrom({ policy, emit }: SimulateFlags, cwd: string): string {
  const names = policy.split(',').map((it) => it.trim());
  const isModule = (name: string): boolean => /\.[cm]?js$/.test(name);
  const own = names.find(isModule);
  if (own !== undefined && emit === 'kubernetes') {
    throw emitInvalid(
      `--emit kubernetes cannot carry the module ${own}.`,
      'Use --emit slurm, where nodes read it themselves, or run the shards by hand: --shard.',
    );
  }
  return names.map((it) => (isModule(it) ? resolve(cwd, it) : it)).join(',');
}

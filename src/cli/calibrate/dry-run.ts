import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { formatCount } from '../../base/figures.ts';
import { redactUrl } from '../../base/origin.ts';
import { printableJson } from '../../base/printable.ts';
import { termsIn } from '../../calibrate/calibration.ts';
import { costOf } from '../../calibrate/probe/cost.ts';
import { probePlan } from '../../calibrate/probe/plan.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { Voice } from '../shell/voice.ts';
import type { CalibrateFlags } from './flags.ts';
import { costLine } from './probing.ts';
import { baseOf, engineName, limitsOf, resolveEngine } from './target.ts';

/** `kvcache calibrate --dry-run`: the engine is asked what it is, and no prompt. */
export async function probeDryRun(
  address: string,
  flags: CalibrateFlags,
  { base: given, context }: { base: EngineProfile; context: CliContext },
): Promise<ExitCode> {
  const target = await resolveEngine(address, flags, context);
  const base = baseOf(given, target.described);
  const { contextTokens, batch, ...limits } = limitsOf(flags, target.described, 'dry-run');
  const cost = costOf(probePlan({ contextTokens, batch, ...limits }), termsIn(base));
  const engine = engineName(target.described);
  const plan = {
    target: redactUrl(target.url),
    engine,
    model: target.model,
    rounds: flags.rounds,
    contextTokens,
    batch,
    ...cost,
    budgetMs: flags.budget,
  };
  if (flags.json) {
    context.stdout.write(`${printableJson({ schema: 'kvcache.calibrate-plan/v1', ...plan })}\n`);
    return ExitCode.pass;
  }
  new Voice(flags, context, context.stdout).insist(
    'Dry run: no prompt was sent.',
    '',
    `engine    ${engine} at ${plan.target}`,
    `model     ${plan.model}`,
    `plan      ${flags.rounds} rounds, contexts of up to ${formatCount(contextTokens)} tokens, batches of up to ${batch}`,
    `cost      ${costLine(cost, flags, base)}`,
  );
  return ExitCode.pass;
}

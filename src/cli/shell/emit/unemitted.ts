import { cliError } from '../errors.ts';
import type { EmitFlags } from './emit.ts';

/**
 * For a command that runs a part, and never several: who gives these flags expects several processes.
 * @throws KvcacheError FLAG_INVALID (kind usage)
 */
export function refuseUnemitted({ processes, resultsTo }: EmitFlags): void {
  if (processes === undefined && resultsTo === undefined) return;
  throw cliError('FLAG_INVALID', {
    message: `--${processes === undefined ? 'results-to' : 'processes'} needs --emit.`,
    remedy: 'Say what runs them: --emit slurm. On one machine give each its part: --shard 0/4.',
  });
}

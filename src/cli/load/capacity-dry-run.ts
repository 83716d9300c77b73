import { formatDuration } from '../../base/duration.ts';
import { formatCount } from '../../base/figures.ts';
import { printableJson } from '../../base/printable.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import type { OutputFlags } from '../shell/options.ts';
import { Voice } from '../shell/voice.ts';

/** What a search would do, as far as it is known before it asks anybody. */
export interface CapacityOutline {
  target: string;
  searched: string;
  /** As they were asked for; a knee's follow from what the server does. */
  objectives: readonly string[];
  workload: string;
  /** The most that it sends and takes; null without a bound. */
  requests: number | null;
  durationMs: number;
}

/** `--dry-run` of a search. Nothing is sent. */
export function capacityDryRun(
  outline: CapacityOutline,
  flags: OutputFlags,
  context: CliContext,
): ExitCode {
  if (flags.json) {
    context.stdout.write(`${printableJson({ schema: 'kvcache.capacity-plan/v1', ...outline })}\n`);
    return ExitCode.pass;
  }
  const { target, searched, objectives, workload, requests, durationMs } = outline;
  new Voice(flags, context, context.stdout).insist(
    'Dry run: nothing was sent.',
    '',
    `target      ${target}`,
    `search      for the ${searched === 'knee' ? 'knee' : 'highest rate'}: until it is found, more than the server carries`,
    `objectives  ${objectives.join(', ') || 'as the server alone says'}`,
    `workload    ${workload}`,
    `sent        ${requests === null ? 'as many requests as fit into the time' : `at most ${formatCount(requests)} requests`}, new prompts at every rate`,
    `time        at most ${formatDuration(durationMs)}, and what is under way then`,
  );
  return ExitCode.pass;
}

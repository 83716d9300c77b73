import { type Progress, startProgress } from '../../ui/progress.ts';
import { checkLines } from '../../report/check-lines.ts';
import { wrap } from '../../report/layout.ts';
import type { CliContext } from './context.ts';
import type { OutputFlags } from './options.ts';
import { painter, widthOf } from './terminal.ts';

/** What runs, and its steps as far as they are known beforehand. */
export interface Progressing {
  title: string;
  phases: readonly string[];
}

/** The progress of a command on stderr, as its flags want it. */
export function openProgress(
  { title, phases }: Progressing,
  flags: OutputFlags,
  context: CliContext,
): Promise<Progress> {
  const paint = painter(context.stderr, context.env, flags.color);
  const fit = (line: string): string[] => wrap(line, widthOf(context.stderr));
  return startProgress(context, {
    title,
    phases,
    isQuiet: flags.quiet === true,
    isMachine: flags.json === true,
    paint,
    describe: (check) => checkLines(check, paint, flags.verbose === true).flatMap(fit),
    fit,
  });
}

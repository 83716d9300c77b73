import { printable } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { readTrend, trendLines } from '../../report/trend.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { unjudged } from '../shell/unjudged.ts';
import { widthOf } from '../shell/terminal.ts';
import type { OutputFlags } from '../shell/options.ts';

export interface TrendFlags extends OutputFlags {
  folder: string;
}

/** `kvcache report trend DIR`: shows, and judges nothing. */
export async function showTrend(flags: TrendFlags, context: CliContext): Promise<ExitCode> {
  const trend = await readTrend(resolve(context.cwd, flags.folder));
  const out = flags.json ? context.stderr : context.stdout;
  out.write(
    trendLines(trend, widthOf(out))
      .map((line) => `${printable(line)}\n`)
      .join(''),
  );
  for (const { name, reason } of trend.skipped) {
    context.stderr.write(`${printable(`skipped ${name}: ${reason}`)}\n`);
  }
  if (flags.json) context.stdout.write(unjudged('kvcache.report-trend/v1', trend));
  return ExitCode.pass;
}

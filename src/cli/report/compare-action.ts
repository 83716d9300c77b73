import { resolve } from 'node:path';
import { KvcacheError } from '../../base/errors.ts';
import { compareReports } from '../../report/compare.ts';
import { outcomeWord } from '../../report/paint.ts';
import { readReport } from '../../report/rebuild.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { Voice } from '../shell/voice.ts';
import type { OutputFlags } from '../shell/options.ts';

export interface CompareFlags extends OutputFlags {
  base: string;
  head: string;
  metric?: 'ttft' | 'latency';
  arm?: string;
  margin: string;
}

/** `kvcache report compare BASE HEAD`. */
export async function compareRuns(flags: CompareFlags, context: CliContext): Promise<ExitCode> {
  const margin = marginOf(flags.margin);
  const base = await readReport(resolve(context.cwd, flags.base));
  const head = await readReport(resolve(context.cwd, flags.head));
  const metric = flags.metric ?? (base.kind === 'verify' ? 'ttft' : 'latency');
  const found = compareReports(base, head, { metric, arm: flags.arm ?? null, margin });
  const exitCode = exitCodeOfOutcome(found.outcome);
  const out = flags.json ? context.stderr : context.stdout;
  const voice = new Voice({ ...flags, verbose: true }, context, out);
  voice.checks(found.checks);
  voice.insist(outcomeWord(found.outcome, voice.paint));
  if (flags.json) {
    const document = { schema: 'kvcache.report-compare/v1', exitCode, ...found };
    context.stdout.write(`${JSON.stringify(document, (_, value: unknown) => value ?? null)}\n`);
  }
  return exitCode;
}

function marginOf(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new KvcacheError({
    kind: 'usage',
    code: 'FLAG_INVALID',
    message: `--margin cannot be "${text}".`,
    remedy: 'Write a share above 0 and up to 1, for example 0.05.',
  });
}

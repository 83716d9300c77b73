import { printableJson } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { compareReports } from '../../report/compare.ts';
import { outcomeWord } from '../../report/paint.ts';
import { readReport } from '../../report/rebuild.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { flagValue } from '../shell/options.ts';
import { share } from '../../schema/describe.ts';
import { Voice } from '../shell/voice.ts';
import type { OutputFlags } from '../shell/options.ts';

export interface CompareFlags extends OutputFlags {
  base: string;
  head: string;
  metric?: 'ttft' | 'latency';
  arm?: string;
  margin: string;
}

const MARGIN = share(
  'How much slower still counts as no worse.',
  { share: 0.05, shown: '0.05' },
  { above: 0 },
);

/** `kvcache report compare BASE HEAD`. */
export async function compareRuns(flags: CompareFlags, context: CliContext): Promise<ExitCode> {
  const margin = flagValue('--margin', MARGIN)(flags.margin);
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
    context.stdout.write(`${printableJson(document, (_, value: unknown) => value ?? null)}\n`);
  }
  return exitCode;
}

import { printableJson } from '../../base/printable.ts';
import { resolve } from 'node:path';
import { type JudgedFact, quiet } from '../../report/judged-fact.ts';
import { judgedLines } from '../../report/judged.ts';
import type { Report } from '../../report/model.ts';
import { compareReports, type RunComparison } from '../../report/compare.ts';
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

/** Which run is which. */
function comparedFacts({ base, head }: CompareFlags, was: Report, is: Report): JudgedFact[] {
  const fact = (name: string, file: string, { title, startedAt, seed }: Report): JudgedFact =>
    quiet(
      name,
      `${file}: ${[title, startedAt, seed !== null && `seed ${seed}`].filter(Boolean).join(', ')}`,
    );
  return [fact('base', base, was), fact('head', head, is)];
}

function sentenceOf({ metric, checks }: RunComparison, { base, head }: CompareFlags): string {
  const speed = checks.find(({ id }) => id === 'not-slower');
  return `${head} against ${base}, ${metric === 'ttft' ? 'TTFT' : metric} p95: ${speed?.actual ?? 'not compared'}.`;
}

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
  voice.say(...judgedLines(comparedFacts(flags, base, head), voice.paint), '');
  voice.checks(found.checks);
  voice.insist(`${outcomeWord(found.outcome, voice.paint)} ${sentenceOf(found, flags)}`);
  if (flags.json) {
    const document = { schema: 'kvcache.report-compare/v1', exitCode, ...found };
    context.stdout.write(`${printableJson(document, (_, value: unknown) => value ?? null)}\n`);
  }
  return exitCode;
}

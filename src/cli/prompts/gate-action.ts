import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { worstOutcome } from '../../base/outcome.ts';
import { CULPRIT_IDS } from '../../prompts/breaks/culprits.ts';
import { type BreakLimit, gateChecks } from '../../prompts/gate.ts';
import type { PromptsResult } from '../../prompts/result.ts';
import { promptsReport } from '../../report/build-prompts.ts';
import { readReport } from '../../report/rebuild.ts';
import { share } from '../../schema/describe.ts';
import type { CliContext } from '../shell/context.ts';
import { cliError } from '../shell/errors.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { flagValue, type OutputFlags, type ReporterFlags } from '../shell/options.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import { promptsDocument } from './document.ts';
import type { CountingFlags, ReadingFlags } from './flags.ts';
import { resultOf } from './reading.ts';

export interface GateFlags extends ReadingFlags, CountingFlags, OutputFlags, ReporterFlags {
  file: string;
  minReuse?: string;
  baseline?: string;
  maxBreak?: string[];
}

const SHARE = share('A share of the prompt tokens.', { share: 0, shown: '' });
const DEFAULT_BLOCK_SIZE = 16;

/** `kvcache prompts gate FILE`. */
export async function gate(flags: GateFlags, context: CliContext): Promise<ExitCode> {
  const { minReuse, baseline, maxBreak = [] } = flags;
  const demands = {
    minReuse: minReuse === undefined ? undefined : flagValue('--min-reuse', SHARE)(minReuse),
    maxBreaks: maxBreak.map(limitOf),
    blockSize: flags.blockSize ?? null,
  };
  if (minReuse === undefined && baseline === undefined && maxBreak.length === 0) {
    const message = 'The gate asks for nothing.';
    const remedy = 'Give --min-reuse, --baseline or --max-break.';
    throw cliError('FLAG_INVALID', { message, remedy });
  }
  const reports = planReports(flags, context);
  const before = baseline === undefined ? undefined : await baselineOf(baseline, flags, context);
  const result = await resultOf(flags.file, flags, context);
  const isTrace = result.breaks === null;
  const blockSize = demands.blockSize ?? (isTrace ? result.curve.blockSize : DEFAULT_BLOCK_SIZE);
  const checks = gateChecks(result, { ...demands, blockSize, baseline: before });
  const outcome = worstOutcome(checks.map((it) => it.outcome));
  const exitCode = exitCodeOfOutcome(outcome);
  const report = promptsReport('kvcache prompts gate', result, { outcome, exitCode, checks });
  await deliverReports(report, reports, { flags, context });
  if (flags.json) context.stdout.write(promptsDocument(report));
  return exitCode;
}

/** A report of earlier prompts, or the prompts themselves. */
async function baselineOf(
  path: string,
  flags: GateFlags,
  context: CliContext,
): Promise<PromptsResult> {
  const file = resolve(context.cwd, path);
  const isReport =
    existsSync(file) && (statSync(file).isDirectory() || file.endsWith('report.json'));
  if (!isReport) return resultOf(path, flags, context);
  const report = await readReport(file);
  if (report.kind === 'prompts') return report.result;
  const message = `The baseline is a report of kvcache ${report.kind}, not of prompts.`;
  const remedy = 'Give a report of `kvcache prompts analyze --out`, or a file of prompts.';
  throw cliError('FLAG_INVALID', { message, remedy });
}

/** `time=3`, `any=1%`. */
function limitOf(text: string): BreakLimit {
  const [culprit = '', limit = ''] = text.split('=');
  const isKnown = culprit === 'any' || CULPRIT_IDS.includes(culprit);
  if (isKnown && /^\d+$/.test(limit)) return { culprit, unit: 'breaks', most: Number(limit) };
  if (isKnown && /^\d+(?:\.\d+)?%$/.test(limit)) {
    return { culprit, unit: 'share', most: flagValue('--max-break', SHARE)(limit) };
  }
  throw cliError('FLAG_INVALID', {
    message: `--max-break "${text}" is no class with a limit.`,
    remedy: `Write CLASS=N or CLASS=N%, CLASS one of any, ${CULPRIT_IDS.join(', ')}.`,
  });
}

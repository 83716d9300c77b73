import { appendFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  FORMAT_NAMES,
  type FormatName,
  formatOf,
  parseReporters,
  type ReporterChoice,
} from '../../report/formats.ts';
import type { Look } from '../../report/look.ts';
import type { Report } from '../../report/model.ts';
import { refuseUnwritable, unwritable, writeWhole } from '../../report/write.ts';
import type { CliContext, OutputStream } from './context.ts';
import type { OutputFlags, ReporterFlags } from './options.ts';
import { painter, widthOf } from './terminal.ts';
import { tellWritten } from './written.ts';
import { cliError } from './errors.ts';

/** Where every report of a run goes, settled before it starts. */
export interface ReportPlan {
  /** `--out`, absolute. */
  folder: string | undefined;
  files: { format: FormatName; path: string }[];
  /** Formats for standard output, in the order asked for. */
  streams: FormatName[];
  /** Where progress and the terminal's summary go: stdout, unless a machine reads that. */
  narration: OutputStream;
}

const WIDTH_PIPED = 120;

/** Lines may follow each other on one stream. */
const isLines = (name: FormatName): boolean => formatOf(name).fileName === null;

/**
 * Whatever is wrong with the reports is said before anything is measured.
 * @throws KvcacheError REPORTER_UNKNOWN, REPORTER_INVALID, REPORTERS_COLLIDE, REPORT_UNWRITABLE (kind usage)
 */
export function planReports(flags: ReporterFlags & OutputFlags, context: CliContext): ReportPlan {
  const folder = flags.out === undefined ? undefined : resolve(context.cwd, flags.out);
  const plan: ReportPlan = { folder, files: [], streams: [], narration: context.stdout };
  for (const { format, path } of choices(flags)) {
    const { fileName } = formatOf(format);
    if (path !== undefined) plan.files.push({ format, path: resolve(context.cwd, path) });
    else if (folder === undefined || fileName === null) plan.streams.push(format);
    else plan.files.push({ format, path: join(folder, fileName) });
  }
  refuseCollisions(plan, flags.json === true);
  for (const { path } of plan.files) refuseUnwritable(path);
  const isMachines = flags.json === true || !plan.streams.every(isLines);
  if (isMachines) plan.narration = context.stderr;
  // Silence on the screen is never what somebody meant by asking for a file.
  const isSilent = !plan.streams.some((it) => it !== 'github');
  if (isSilent) plan.streams.unshift('terminal');
  return plan;
}

function choices({ reporter, out }: ReporterFlags): ReporterChoice[] {
  if (reporter !== undefined) return parseReporters(reporter);
  if (out === undefined) return [];
  const usual = FORMAT_NAMES.filter((name) => formatOf(name).isUsual);
  return usual.map((format) => ({ format, path: undefined }));
}

function refuseCollisions({ streams, files }: ReportPlan, isJson: boolean): void {
  const machines = streams.filter((it) => !isLines(it));
  const paths = files.map((it) => it.path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  const isCrowded =
    machines.length > 1 || (machines.length === 1 && (isJson || streams.length > 1));
  if (!isCrowded && twice === undefined) return;
  throw cliError('REPORTERS_COLLIDE', {
    message:
      twice === undefined
        ? `Standard output cannot hold ${[...streams, ...(isJson ? ['--json'] : [])].join(' and ')}.`
        : `Two reporters write to ${twice}.`,
  });
}

/**
 * Renders the report everywhere it was asked for.
 * @throws KvcacheError REPORT_UNWRITABLE (kind usage)
 */
export async function deliverReports(
  report: Report,
  plan: ReportPlan,
  { flags, context }: { flags: OutputFlags; context: CliContext },
): Promise<void> {
  const look = lookOf(plan, flags, context);
  const failed: unknown[] = [];
  for (const format of plan.streams) {
    const render = await formatOf(format).load();
    const stream = isLines(format) ? plan.narration : context.stdout;
    for (const piece of render(report, look)) {
      stream.write(piece);
      await stream.flushed?.();
    }
    if (format !== 'github') continue;
    await appendStepSummary(report, look, context).catch((error: unknown) => failed.push(error));
  }
  for (const { format, path } of plan.files) {
    const render = await formatOf(format).load();
    const plain = { ...look, paint: (_: string, text: string): string => text, width: WIDTH_PIPED };
    try {
      await writeWhole(path, render(report, plain));
      tellWritten(path, flags, context);
    } catch (error) {
      // A page that no string holds leaves the other reports as good as they are.
      failed.push(error instanceof RangeError ? unwritable(path, error) : error);
    }
  }
  // One that cannot be written must not take the others with it.
  if (failed.length > 0) throw failed[0];
}

function lookOf({ narration }: ReportPlan, flags: OutputFlags, context: CliContext): Look {
  return {
    paint: painter(narration, context.env, flags.color),
    width: narration.isTTY === true ? widthOf(narration) : WIDTH_PIPED,
    isVerbose: flags.verbose === true,
    isQuiet: flags.quiet === true,
  };
}

/** GitHub shows the file named here on the job's page; every step adds to it. */
async function appendStepSummary(report: Report, look: Look, { env }: CliContext): Promise<void> {
  const path = env['GITHUB_STEP_SUMMARY'];
  if (!path) return;
  const render = await formatOf('markdown').load();
  try {
    await appendFile(path, [...render(report, look)].join(''));
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** A place for a run's own file in the folder of its reports; one of an earlier run goes. */
export async function freshFile(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  refuseUnwritable(path);
  await rm(path, { force: true });
  return path;
}

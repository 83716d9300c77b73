import { Command, type Option } from 'commander';
import type { RunAction } from '../action.ts';
import {
  type OutputFlags,
  outputOptions,
  type ReporterFlags,
  reporterOptions,
} from '../options.ts';

export interface ReportFlags extends OutputFlags, ReporterFlags {
  source: string;
}

export interface CompareFlags extends OutputFlags {
  base: string;
  head: string;
  metric: 'ttft' | 'latency';
  arm?: string;
  margin: string;
}

export interface MergeFlags extends OutputFlags, ReporterFlags {
  shards: string[];
}

export interface TrendFlags extends OutputFlags {
  folder: string;
}

const EXAMPLES = `
A source is a report.json, the sample log of verify or load (also of a run that was killed), a bundle,
or a folder with one of them. The exit code is the one of the run.

Examples:
  kvcache report out/ --reporter markdown >> "$GITHUB_STEP_SUMMARY"
  kvcache report samples.ndjson --reporter terminal,junit=junit.xml,csv=samples.csv
  kvcache report compare main/ branch/
  kvcache report merge shard-1/ shard-2/ --out merged/
  kvcache report trend runs/`;

/** `kvcache report`. */
export function reportCommand(run: RunAction): Command {
  const command = new Command('report')
    .description('Show a finished run in another format; compare, merge or list runs.')
    .argument('[source]', 'what to show');
  addOptions(command, [...reporterOptions(), ...outputOptions()]);
  return command
    .addHelpText('after', EXAMPLES)
    .action((source: string | undefined, flags: Omit<ReportFlags, 'source'>) =>
      source === undefined
        ? command.help({ error: true })
        : run(async () => (await import('../actions/report-show.ts')).showReport, {
            ...flags,
            source,
          }),
    );
}

function addOptions(command: Command, options: readonly Option[]): void {
  for (const option of options) command.addOption(option);
}

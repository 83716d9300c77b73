import { Command, Option } from 'commander';
import { FORMAT_NAMES, formatOf } from '../../report/formats.ts';
import type { RunAction } from '../shell/action.ts';
import type { MergeFlags } from './merge-action.ts';
import type { CompareFlags } from './compare-action.ts';
import {
  type OutputFlags,
  outputOptions,
  PathArgument,
  type ReporterFlags,
  reporterOptions,
  withOptions,
} from '../shell/options.ts';

type ReportCall = OutputFlags & ReporterFlags & { trend?: string };

const EXAMPLES = `
A source is a report.json, the sample log of verify or load (also of a run that
was killed), a bundle, or a folder with one of them. The exit code is the one of
the run.

Reporters:
${FORMAT_NAMES.map((name) => `  ${name.padEnd(12)} ${formatOf(name).summary.replaceAll('`', '')}`).join('\n')}

Examples:
  kvcache report out/ --reporter markdown >> "$GITHUB_STEP_SUMMARY"
  kvcache report samples.ndjson --reporter terminal,junit=junit.xml
  kvcache report compare main/ branch/
  kvcache report merge shard-1/ shard-2/ --out merged/
  kvcache report trend runs/
  kvcache report bundle out/ run.tgz`;

function examples(call: string): string {
  return `\nExamples:\n  ${call}\n\nEnvironment: none.`;
}

/** `kvcache report`. */
export function reportCommand(command: Command, run: RunAction): void {
  withOptions(
    command.addArgument(new PathArgument('[source]', 'what to show')),
    new Option('--trend <dir>', 'the runs of a folder by time; the same as report trend'),
    ...reporterOptions(),
    ...outputOptions(),
  )
    .addCommand(compareCommand(run))
    .addCommand(mergeCommand(run))
    .addCommand(trendCommand(run))
    .addCommand(bundleCommand(run))
    .addHelpText('after', EXAMPLES)
    .action((source: string | undefined, { trend, ...flags }: ReportCall) => {
      if (trend !== undefined && source === undefined) return runTrend(run, trend, flags);
      if (source === undefined || trend !== undefined) return command.help({ error: true });
      return run(async () => (await import('./show-action.ts')).showReport, { ...flags, source });
    });
}

function runTrend(run: RunAction, folder: string, flags: OutputFlags): Promise<void> {
  return run(async () => (await import('./trend-action.ts')).showTrend, { ...flags, folder });
}

function compareCommand(run: RunAction): Command {
  const command = new Command('compare')
    .description('Is the head slower than the base? Exits with 0, 1, 4 or 5.')
    .addHelpText('after', examples('kvcache report compare main/ branch/ --margin 0.1'))
    .addArgument(new PathArgument('<base>', 'the run to compare with'))
    .addArgument(new PathArgument('<head>', 'the run in question'));
  return withOptions(
    command,
    new Option('--metric <name>', 'what to compare by its p95')
      .choices(['ttft', 'latency'])
      .default(undefined, 'ttft of a verification, latency of a load'),
    new Option('--arm <letter>', 'arm of a verification').default(undefined, 'C'),
    new Option('--margin <share>', 'how much slower still counts as no worse').default('0.05'),
    ...outputOptions(),
  ).action((base: string, head: string, flags: Omit<CompareFlags, 'base' | 'head'>) =>
    run(async () => (await import('./compare-action.ts')).compareRuns, { ...flags, base, head }),
  );
}

function mergeCommand(run: RunAction): Command {
  const command = new Command('merge')
    .description('Put the shards of one load, simulation or analysis together.')
    .addHelpText('after', examples('kvcache report merge shard-1/ shard-2/ --out merged/'))
    .addArgument(new PathArgument('<shards...>', 'their reports or sample logs'));
  return withOptions(command, ...reporterOptions(), ...outputOptions()).action(
    (shards: string[], flags: Omit<MergeFlags, 'shards'>) =>
      run(async () => (await import('./merge-action.ts')).mergeShards, { ...flags, shards }),
  );
}

function trendCommand(run: RunAction): Command {
  const command = new Command('trend')
    .description('List the runs of a folder by time.')
    .addHelpText('after', examples('kvcache report trend runs/'))
    .addArgument(new PathArgument('<folder>', 'holds reports, or folders written with --out'));
  return withOptions(command, ...outputOptions()).action((folder: string, flags: OutputFlags) =>
    runTrend(run, folder, flags),
  );
}

function bundleCommand(run: RunAction): Command {
  const command = new Command('bundle')
    .description('Seal a run into one file that kvcache report reads.')
    .addHelpText('after', examples('kvcache report bundle out/ run.tgz'))
    .addArgument(new PathArgument('<source>', 'what to seal'))
    .addArgument(new PathArgument('<file>', 'where to: a .tgz'));
  const force = new Option('--force', 'overwrite the file');
  return withOptions(command, force, ...outputOptions()).action(
    (source: string, file: string, flags: OutputFlags & { force?: boolean }) =>
      run(async () => (await import('./bundle-action.ts')).bundleReport, {
        ...flags,
        source,
        file,
      }),
  );
}

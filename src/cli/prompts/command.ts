import { Command, Option } from 'commander';
import type { RunAction } from '../shell/action.ts';
import { commandThat } from '../shell/help.ts';
import {
  collect,
  outputOptions,
  PathArgument,
  reporterOptions,
  withOptions,
} from '../shell/options.ts';
import { FileableCommand, fileOption } from '../shell/fileable-command.ts';
import { optionsOf } from '../shell/flag-table.ts';
import type { DiffFlags } from './diff-action.ts';
import { ANALYZE_FLAGS, type AnalyzeFlags, COUNTING_FLAGS, READING_FLAGS } from './flags.ts';
import type { GateFlags } from './gate-action.ts';

const FORMS = `
A file holds request bodies as clients send them, one per line or in a list:
chat, completions, Responses, Anthropic messages; alone or in records with
session_id and path. Also ShareGPT, OpenTelemetry GenAI spans, and traces of
ids (Mooncake, Bailian, Weka). - is standard input. Nothing is sent anywhere
but with --tokenizer. What is quoted of prompts is masked without --show-text.
`;

/** `kvcache prompts`: what can be reused of prompts, and what breaks it; offline. */
export function promptsCommand(command: Command, run: RunAction): void {
  command.addCommand(analyzeCommand(run)).addCommand(diffCommand(run)).addCommand(gateCommand(run));
}

function analyzeCommand(run: RunAction): Command {
  const command = new FileableCommand('analyze');
  command.table = ANALYZE_FLAGS;
  commandThat('asks', command)
    .description(
      'Reusable share, cache sizes, shared beginnings, and every break with its culprit.',
    )
    .addArgument(new PathArgument('<file>', 'prompts, or - for standard input'))
    .addHelpText(
      'after',
      `${FORMS}
Environment: only the variable that --api-key-env names.

Examples:
  kvcache prompts analyze traffic.jsonl
  kvcache prompts analyze traffic.jsonl --reporter html=prompts.html
  kvcache prompts analyze traffic.jsonl --processes 8 --emit slurm > job.sh
  zcat traffic.jsonl.gz | kvcache prompts analyze - --json`,
    );
  return withOptions(
    command,
    ...optionsOf(ANALYZE_FLAGS),
    fileOption(),
    ...reporterOptions(),
    ...outputOptions(),
  ).action((file: string, flags: Omit<AnalyzeFlags, 'file'>) =>
    run(async () => (await import('./analyze-action.ts')).analyze, { ...flags, file }),
  );
}

function diffCommand(run: RunAction): Command {
  const command = commandThat('asks', new Command('diff'))
    .description('Where a prompt parts from an earlier one, what changed, and what that costs.')
    .addArgument(new PathArgument('<before>', 'file with the earlier requests, or FILE:LINE'))
    .addArgument(new PathArgument('<after>', 'file with the later ones, or FILE:LINE'))
    .addHelpText(
      'after',
      `${FORMS}
Requests are compared in pairs, the first with the first; FILE:LINE is one of
them.

Environment: only the variable that --api-key-env names.

Examples:
  kvcache prompts diff main.jsonl branch.jsonl
  kvcache prompts diff traffic.jsonl:40 traffic.jsonl:41 --show-text`,
    );
  return withOptions(command, ...optionsOf(READING_FLAGS), ...outputOptions()).action(
    (before: string, after: string, flags: Omit<DiffFlags, 'before' | 'after'>) =>
      run(async () => (await import('./diff-action.ts')).diff, { ...flags, before, after }),
  );
}

function gateCommand(run: RunAction): Command {
  const command = new Command('gate')
    .description('Fails when too little of the prompts can be reused, or something breaks them.')
    .addArgument(new PathArgument('<file>', 'prompts, or - for standard input'))
    .addHelpText(
      'after',
      `${FORMS}
Classes of breaks are listed in docs/prompts.md; any is all of them. A limit is
a number of requests, or a share of the prompt tokens that they lose.

Environment: GITHUB_STEP_SUMMARY with --reporter github, and the variable that
--api-key-env names.

Examples:
  kvcache prompts gate rendered.jsonl --min-reuse 85%
  kvcache prompts gate rendered.jsonl --baseline main/report.json
  kvcache prompts gate rendered.jsonl --max-break any=0 --max-break counter=1% \\
    --reporter github,junit=junit.xml`,
    );
  return withOptions(
    command,
    new Option('--min-reuse <share>', 'of the prompt tokens that must be reusable'),
    new Option('--baseline <file>', 'earlier prompts or their report.json: no less than these'),
    new Option('--max-break <class=limit>', 'breaks allowed; again for other classes').argParser(
      collect,
    ),
    ...optionsOf(READING_FLAGS),
    ...optionsOf(COUNTING_FLAGS),
    ...reporterOptions(),
    ...outputOptions(),
  ).action((file: string, flags: Omit<GateFlags, 'file'>) =>
    run(async () => (await import('./gate-action.ts')).gate, { ...flags, file }),
  );
}

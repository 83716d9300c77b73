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
import type { AnalyzeFlags } from './analyze-action.ts';
import type { DiffFlags } from './diff-action.ts';
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

function readingOptions(): Option[] {
  return [
    new Option(
      '--tokenizer <url|dir>',
      'engine that tokenizes each request (vLLM), or folder with tokenizer.json',
    ).default(undefined, 'built in, estimated'),
    new Option('--api-key-env <variable>', 'variable that holds the key of that engine'),
    new Option('--show-text', 'quote prompts as they are'),
    new Option(
      '--profile <name>',
      'engine profile, or a file with one: what is lost in its time too',
    ),
  ];
}

function countingOptions(): Option[] {
  return [
    new Option('--block-size <tokens>', 'of the curve over cache sizes, and of a gate').default(
      undefined,
      '16, or what an id of a trace stands for',
    ),
    new Option('--tokens-per-id <n>', 'of a trace that does not say so itself'),
  ];
}

function analyzeCommand(run: RunAction): Command {
  const command = commandThat('asks', new Command('analyze'))
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
  zcat traffic.jsonl.gz | kvcache prompts analyze - --json`,
    );
  return withOptions(
    command,
    ...readingOptions(),
    ...countingOptions(),
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
  return withOptions(command, ...readingOptions(), ...outputOptions()).action(
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
    ...readingOptions(),
    ...countingOptions(),
    ...reporterOptions(),
    ...outputOptions(),
  ).action((file: string, flags: Omit<GateFlags, 'file'>) =>
    run(async () => (await import('./gate-action.ts')).gate, { ...flags, file }),
  );
}

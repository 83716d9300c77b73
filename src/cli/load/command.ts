import { Command, Option } from 'commander';
import type { RunAction } from '../shell/action.ts';
import {
  durationMs,
  type OutputFlags,
  outputOptions,
  type ReporterFlags,
  reporterOptions,
  wholeNumber,
} from '../shell/options.ts';

export interface LoadFlags extends OutputFlags, ReporterFlags {
  url: string;
  model: string;
  apiKeyEnv?: string;
  concurrency?: number;
  rate?: string;
  arrivals: 'constant' | 'poisson';
  stages?: string;
  requests?: number;
  duration?: number;
  warmup?: number;
  timeout: number;
  maxInFlight: number;
  maxErrorRate: string;
  workload: string;
  prompt: string;
  promptTokens: number;
  sharedTokens: number;
  groups: number;
  turns: number;
  sessions: number;
  mix?: string;
  file?: string;
  trace?: string;
  tokensPerId?: number;
  speed: string;
  maxTokens: number;
  stream: boolean;
  tokenizeUrl?: string;
  seed: number;
  runId?: string;
  samples?: string;
  threshold: string[];
}

const EXAMPLES = `
Metrics a threshold can name:
  latency ttft itl tpot, each with .p50 .p90 .p95 .p99 .mean or .max
                                          durations: "ttft.p95 < 200ms"
  error_rate hit_rate                     shares: "hit_rate >= 90%"
  requests rate output_tokens_per_second  numbers: "rate > 40"

Environment: only the variable that --api-key-env names.

Examples:
  kvcache load --url http://127.0.0.1:8000 --concurrency 8 --requests 400
  kvcache load --url http://gw:8888 --rate 20 --duration 60s \\
    --workload shared-prefix --threshold 'ttft.p95 < 300ms'
  kvcache load --url http://gw:8888 --stages 30s:10,60s:40 --samples run.ndjson
  kvcache load --url http://gw:8888 --trace conversation_trace.jsonl --speed 0.5`;

/** `kvcache load`: the load generator alone. */
export function loadCommand(run: RunAction): Command {
  const command = new Command('load')
    .description('Put load on an OpenAI-compatible server and measure it.')
    .requiredOption('--url <url>', 'base URL, or the full URL of the chat completions route');
  const options = [
    ...targetOptions(),
    ...scheduleOptions(),
    ...workloadOptions(),
    ...reporterOptions(),
    ...outputOptions(),
  ];
  for (const option of options) command.addOption(option);
  return command
    .addHelpText('after', EXAMPLES)
    .action((flags: LoadFlags) => run(async () => (await import('./action.ts')).load, flags));
}

function count(flags: string, description: string, min = 1): Option {
  const name = flags.split(' ')[0]!;
  return new Option(flags, description).argParser(wholeNumber(name, { min, max: 100_000_000 }));
}

function targetOptions(): Option[] {
  return [
    new Option('--model <name>', 'model to ask for; auto takes the first the server lists').default(
      'auto',
    ),
    new Option('--api-key-env <name>', 'environment variable that holds the bearer token'),
    new Option('--tokenize-url <url>', 'engine that answers POST /tokenize').default(
      undefined,
      'the target itself',
    ),
    new Option('--no-stream', 'ask for one JSON answer instead of a stream; shows no TTFT'),
    count('--max-tokens <n>', 'output tokens to ask for').default(16),
    new Option('--timeout <duration>', 'per request; counted at its full length')
      .argParser(durationMs('--timeout'))
      .default(60_000, '60s'),
  ];
}

function scheduleOptions(): Option[] {
  return [
    count('--concurrency <n>', 'closed loop: requests in flight (default 1)').conflicts([
      'rate',
      'stages',
      'trace',
    ]),
    new Option('--rate <n>', 'open loop: requests per second').conflicts(['stages', 'trace']),
    new Option('--arrivals <kind>', 'how --rate spreads them')
      .choices(['constant', 'poisson'])
      .default('poisson'),
    new Option(
      '--stages <list>',
      'open loop: DURATION:RATE,… each ramps linearly from the rate before, 0 at first',
    ).conflicts('trace'),
    count('--requests <n>', 'end after so many (default 960 without --duration)'),
    new Option('--duration <duration>', 'end after this time').argParser(durationMs('--duration')),
    count('--warmup <n>', 'requests before measuring, with prompts of their own', 0).default(
      undefined,
      'two per connection, in an open loop two seconds of it, at most 64',
    ),
    count(
      '--max-in-flight <n>',
      'open loop: connections; more requests wait, and count it',
    ).default(512),
    new Option(
      '--max-error-rate <share>',
      'give up once failures are above it for certain',
    ).default('5%'),
    new Option('--seed <n>', 'of arrivals and prompts')
      .argParser(wholeNumber('--seed', { min: 0, max: 4_294_967_295 }))
      .default(1),
    new Option('--run-id <text>', 'equal ids ask equal prompts').default(
      undefined,
      'a fresh one, so that no cache knows the prompts',
    ),
    new Option('--samples <file>', 'write every request to a new NDJSON file as it happens'),
    new Option('--threshold <expression>', 'bound that must hold; repeatable')
      .argParser((text: string, all: string[]) => [...all, text])
      .default([], 'none'),
  ];
}

function workloadOptions(): Option[] {
  return [
    new Option('--workload <kind>', 'what is asked')
      .choices(['fixed', 'unique', 'shared-prefix', 'chat', 'mixed', 'file'])
      .default('unique'),
    new Option('--prompt <text>', 'fixed: the prompt').default('Say hello in one short sentence.'),
    count(
      '--prompt-tokens <n>',
      'unique, shared-prefix: prompt length; chat: of each turn',
    ).default(768),
    count('--shared-tokens <n>', 'shared-prefix: common beginning, rounded up to 256').default(512),
    count('--groups <n>', 'shared-prefix: number of different beginnings').default(8),
    count('--turns <n>', 'chat: turns of a conversation').default(5),
    count('--sessions <n>', 'chat: conversations side by side').default(8),
    new Option('--mix <list>', 'mixed: KIND=WEIGHT,… such as unique=0.3,shared-prefix=0.7'),
    new Option('--file <path>', 'file: one prompt per line, text or JSON; or ShareGPT'),
    new Option(
      '--trace <path>',
      'replay a Mooncake, Bailian, Weka, BurstGPT or Azure trace, arrivals included',
    ),
    count('--tokens-per-id <n>', 'trace: tokens that a hash id stands for').default(
      undefined,
      'as the lengths in the file say',
    ),
    new Option('--speed <factor>', 'trace: 2 replays it twice as fast').default('1'),
  ];
}

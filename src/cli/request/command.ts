import { type Command, Option } from 'commander';
import type { RunAction } from '../shell/action.ts';
import type { RequestFlags } from './action.ts';
import { ACCESS_FLAGS, AUTO_MODEL } from '../../target/flags.ts';
import { optionsOf } from '../shell/flag-table.ts';
import {
  durationMs,
  outputOptions,
  SuggestingOption,
  wholeNumber,
  withOptions,
} from '../shell/options.ts';

const ENVIRONMENT = `
In mock mode the sample's three backends are reset before and their stats shown
after. Naming a URL or a model, by flag or MODEL_NAME, means real mode: only the
requests are sent.

Environment (blank counts as unset; a flag beats it):
  PIXIU_URL       gateway          http://127.0.0.1:18888, in real mode :18889
  MODEL_NAME      model            mock-model; in real mode the server's first
  CONTROLLER_URL  mock controller  http://127.0.0.1:18081
  ENGINE_A_URL    mock engines     http://127.0.0.1:18091
  ENGINE_B_URL                     http://127.0.0.1:18092

Examples:
  kvcache request --expect-served-by mock-llm-b
  kvcache request --url http://127.0.0.1:8000 --model my-model -n 3 --stream
  kvcache request --mode real -f prompt.txt -n 2 --expect-cached-tokens 256`;

/** `kvcache request`. */
export function requestCommand(command: Command, run: RunAction): void {
  const count = (flag: string, min: number) => wholeNumber(flag, { min, max: 1_000_000 });
  command
    .addOption(
      new Option('--mode <mode>', 'mock, or real when a URL or model is named').choices([
        'mock',
        'real',
      ]),
    )
    .option('--url <url>', 'base URL of the gateway or engine')
    .addOption(
      new SuggestingOption(
        '--model <name>',
        'model to ask for; auto takes the first of /v1/models',
        [AUTO_MODEL],
      ),
    )
    .addOption(new Option('-p, --prompt <text>', 'what to send').conflicts('promptFile'))
    .option('-f, --prompt-file <path>', 'read the prompt from a file; - is stdin')
    .option(
      '-n, --count <n>',
      'how often to send it (default: 2 in mock mode, else 1)',
      count('--count', 1),
    )
    .addOption(
      new Option('--pause <duration>', 'at most this long between two requests')
        .argParser(durationMs('--pause'))
        .default(400, '400ms'),
    )
    .option('--stream', 'ask for an event stream; shows the time to the first token')
    .option(
      '--max-tokens <n>',
      'bound on the answer (default: 16 in real mode)',
      count('--max-tokens', 1),
    )
    .addOption(
      new Option('--timeout <duration>', 'bound on one exchange')
        .argParser(durationMs('--timeout'))
        .default(90_000, '90s'),
    )
    .option('--expect-served-by <id>', 'fail unless this endpoint served the last request')
    .option(
      '--expect-cached-tokens <n>',
      'fail unless the last request had this many cached tokens',
      count('--expect-cached-tokens', 0),
    );
  withOptions(command, ...optionsOf(ACCESS_FLAGS), ...outputOptions())
    .addHelpText('after', ENVIRONMENT)
    .action((flags: RequestFlags) => run(async () => (await import('./action.ts')).request, flags));
}

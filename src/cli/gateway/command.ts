import { Command, Option } from 'commander';
import type { RunAction } from '../shell/action.ts';
import { commandThat } from '../shell/help.ts';
import { SuggestingOption } from '../shell/options.ts';
import { LOG_LEVELS } from './log.ts';
import type { GatewayExplainOptions } from './explain-action.ts';
import type { GatewayStartOptions } from './start-action.ts';

/** `kvcache gateway start`: the embedded gateway, called as Pixiu's own. */
export function gatewayCommand(command: Command, run: RunAction): void {
  command.addCommand(startCommand(run)).addCommand(explainCommand(run));
}

const START_EXAMPLES = `
Examples:
  kvcache gateway start -c conf.yaml
  kvcache gateway start -c conf.yaml --json --log-format json`;

const EXPLAIN_EXAMPLES = `
Nothing is sent upstream.

Examples:
  kvcache gateway explain --admin-url http://127.0.0.1:9901 --prompt 'Hello'
  kvcache gateway explain --admin-url http://127.0.0.1:9901 --body request.json

Environment: none.`;

function explainCommand(run: RunAction): Command {
  return commandThat('asks', new Command('explain'))
    .description('Dry-run one request through a running gateway: where it would go, and why.')
    .requiredOption('--admin-url <url>', "the gateway's admin listener (x-kvcache.admin)")
    .option('--prompt <text>', 'user message of a chat request')
    .option('--body <file>', 'whole request body instead of --prompt; - reads stdin')
    .option('--model <name>', 'model of the chat request')
    .option('--path <path>', 'where the request would be sent', '/v1/chat/completions')
    .option('--timeout <duration>', 'wait for the answer', '10s')
    .option('--json', 'the explanation as one JSON document')
    .addHelpText('after', EXPLAIN_EXAMPLES)
    .action((options: GatewayExplainOptions) =>
      run(async () => (await import('./explain-action.ts')).gatewayExplain, options),
    );
}

function startCommand(run: RunAction): Command {
  return commandThat('serves', new Command('start'))
    .description('Serve a conf.yaml until SIGTERM or Ctrl-C; SIGHUP or a changed file reloads it.')
    .addOption(
      new Option('-c, --config <file>', 'gateway config')
        .env('DUBBOGO_PIXIU_CONFIG')
        .default('configs/conf.yaml'),
    )
    .addOption(
      new Option('-a, --api-config <file>', 'accepted as Pixiu does; the LLM path has none').env(
        'DUBBOGO_PIXIU_API_CONFIG',
      ),
    )
    .addOption(
      new Option('-g, --log-config <file>', 'accepted as Pixiu does; use --log-level').env(
        'DUBBOGO_PIXIU_LOG_CONFIG',
      ),
    )
    .addOption(
      new SuggestingOption('-l, --log-level <level>', 'least important lines shown', LOG_LEVELS)
        .env('DUBBOGO_PIXIU_LOG_LEVEL')
        .default('info'),
    )
    .addOption(
      new Option('-m, --limit-cpus <n>', 'accepted as Pixiu does; one process uses one core').env(
        'DUBBOGO_PIXIU_LIMIT_CPUS',
      ),
    )
    .addOption(
      new SuggestingOption('-f, --log-format <format>', 'text or json', ['text', 'json'])
        .env('DUBBOGO_PIXIU_LOG_FORMAT')
        .default('text'),
    )
    .option('--workers <n>', 'processes that serve together, one core each', '1')
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--json', 'one JSON line on stdout when ready')
    .addHelpText('after', START_EXAMPLES)
    .action((options: GatewayStartOptions) =>
      run(async () => (await import('./start-action.ts')).gatewayStart, options),
    );
}

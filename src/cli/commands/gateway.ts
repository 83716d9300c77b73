import { Command, Option } from 'commander';
import type { RunAction } from '../action.ts';
import type { LogFlags } from '../gateway-log.ts';

export interface GatewayStartOptions extends LogFlags {
  config: string;
  apiConfig?: string;
  logConfig?: string;
  limitCpus?: string;
  seed: string;
  json?: boolean;
}

/** `kvcache gateway start`: the embedded gateway, called as Pixiu's own. */
export function gatewayCommand(run: RunAction): Command {
  return new Command('gateway')
    .description('The embedded gateway: Pixiu-compatible, KV-cache-aware.')
    .addCommand(startCommand(run));
}

function startCommand(run: RunAction): Command {
  return new Command('start')
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
      new Option('-l, --log-level <level>', 'least important lines shown')
        .env('DUBBOGO_PIXIU_LOG_LEVEL')
        .default('info'),
    )
    .addOption(
      new Option('-m, --limit-cpus <n>', 'accepted as Pixiu does; one process uses one core').env(
        'DUBBOGO_PIXIU_LIMIT_CPUS',
      ),
    )
    .addOption(
      new Option('-f, --log-format <format>', 'text or json')
        .env('DUBBOGO_PIXIU_LOG_FORMAT')
        .default('text'),
    )
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--json', 'one JSON line on stdout when ready')
    .action((options: GatewayStartOptions) =>
      run(async () => (await import('../actions/gateway-start.ts')).gatewayStart, options),
    );
}

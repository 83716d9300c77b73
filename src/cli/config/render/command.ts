import { Command } from 'commander';
import type { RunAction } from '../../shell/action.ts';
import { commandThat } from '../../shell/help.ts';
import { collect, PathArgument } from '../../shell/options.ts';
import type { ConfigRenderFlags } from './action.ts';

const HELP = `
In the template:
  \${NAME}              the variable; unset or blank is an error
  \${NAME:-default}     with a default
  \${NAME:?message}     with a message for when it is unset
  $$                   one dollar sign

Variables come from --set, then the environment, then what follows from
VLLM_ENDPOINT (LLM_SCHEME, ENGINE_ENDPOINT_A_HOST and _PORT, …), then the
defaults:
  PIXIU_LISTEN_PORT 18889          PIXIU_PROM_PORT 2223
  MODEL_NAME Qwen2.5-3B-Instruct   HOT_CONTENT_THRESHOLD 3
  LOAD_THRESHOLD 0.7               MEMORY_THRESHOLD 0.8
  ENGINE_ENDPOINT_A_ID engine-a    ENGINE_ENDPOINT_B_ID engine-b
  PIN_LOCATION lmcache             COMPRESS_LOCATION lmcache

What is printed has its secrets masked; the file of -o has them, and only its
owner may read it (mode 0600).

Examples:
  kvcache config render -o conf.yaml
  kvcache config render my.tmpl --set MODEL_NAME=qwen --verbose`;

/** `kvcache config render [template]`. */
export function configRenderCommand(run: RunAction): Command {
  return commandThat('writes', new Command('render'))
    .description('Fill a config template in.')
    .addArgument(
      new PathArgument('[template]', 'file; the shipped real-engine template when left out'),
    )
    .option('-o, --output <file>', 'write here instead of printing')
    .option('--set <name=value>', 'set a variable; may be repeated', collect)
    .option('--json', 'one JSON document on stdout')
    .option('-q, --quiet', 'no notes on stderr')
    .option('-v, --verbose', 'also where each value came from')
    .addHelpText('after', HELP)
    .action((template: string | undefined, flags: ConfigRenderFlags) =>
      run(async () => (await import('./action.ts')).configRender, { ...flags, template }),
    );
}

import { Option } from 'commander';
import { collect } from './options.ts';

/** Where the deployment is; the same for every command that talks to one. */
export function targetOptions(): Option[] {
  return [
    new Option('--vllm <url>', 'an engine; repeatable (env: VLLM_ENDPOINT)').argParser(collect),
    new Option('--engine <id=url>', 'an engine with its endpoint id; repeatable').argParser(
      collect,
    ),
    new Option(
      '--lmcache <url>',
      'the LMCache controller or coordinator, if any (env: LMCACHE_ENDPOINT)',
    ),
    new Option('--model <name>', 'model to ask for, or auto (env: MODEL_NAME) (default: auto)'),
    new Option('--api-key-env <name>', 'variable that holds the API key of engines and gateway'),
    new Option('--timeout <duration>', 'bound on one probe (default: 5s)'),
    new Option(
      '--served-by-header <name>',
      'response header by which the gateway names the engine; repeatable',
    ).argParser(collect),
  ];
}
